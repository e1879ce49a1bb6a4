from itertools import product

import numpy as np
import polars as pl
from gld_eval import pair_index
from gld_eval.pair_index import PairIndex
from gld_shared.tables.pair_hashes import pair_hashes
from hypothesis import given
from hypothesis import strategies as st

IDS = ["a", "b", "c", "a photograph with a long name", "an image with a long name"]
PAIRS = st.sampled_from(list(product(IDS, IDS)))


def table(pairs: list[tuple[str, str]]) -> pl.DataFrame:
    return pl.DataFrame(pairs, {"query_id": pl.String, "index_id": pl.String}, orient="row")


@given(st.lists(PAIRS, unique=True), st.lists(PAIRS))
def test_finds_what_a_dictionary_finds(pairs, rows):
    places = {pair: place for place, pair in enumerate(pairs)}
    expected = [(at, places[row]) for at, row in enumerate(rows) if row in places]
    at, pair, _ = PairIndex(table(pairs)).find(table(rows))
    assert list(zip(at.tolist(), pair.tolist(), strict=True)) == expected


def test_pairs_whose_hashes_are_equal_are_told_apart(monkeypatch):
    def poor(rows: pl.DataFrame, seed: int) -> np.ndarray:
        return pair_hashes(rows, seed) % np.uint64(1 if seed == 0 else 37) << np.uint64(58)

    monkeypatch.setattr(pair_index, "pair_hashes", poor)
    pairs, rows = [("a", "b"), ("b", "a")], list(product(IDS, IDS))
    at, pair, _ = PairIndex(table(pairs)).find(table(rows))
    assert [(rows[row], pairs[place]) for row, place in zip(at, pair, strict=True)] == [
        (("a", "b"), ("a", "b")),
        (("b", "a"), ("b", "a")),
    ]
