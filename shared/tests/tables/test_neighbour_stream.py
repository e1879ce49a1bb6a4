import hashlib
import io

import polars as pl
import pytest
from gld_shared.errors import DataError
from gld_shared.tables import NeighbourStream, read_best_neighbours, read_neighbours
from hypothesis import given
from hypothesis import strategies as st

COLUMNS = "query_id\tindex_id\trank\tscore\n"
HEADER = '#{"format": "gld-neighbours/1", "index": ["i.zarr"]}\n'


def text(counts: list[int]) -> str:
    """Return a table with ``counts[i]`` neighbours of each query ``q<i>``."""
    return COLUMNS + "".join(
        f"q{query}\tx{rank}\t{rank}\t{1 - rank / 100}\n"
        for query, count in enumerate(counts)
        for rank in range(1, count + 1)
    )


def stream(data: str | bytes, block_bytes: int) -> NeighbourStream:
    data = data if isinstance(data, bytes) else data.encode()
    return NeighbourStream(io.BytesIO(data), "n.tsv", block_bytes)


@given(st.lists(st.integers(1, 9), max_size=12), st.integers(1, 200), st.booleans())
def test_blocks_are_the_whole_table_cut_between_queries(counts, block_bytes, has_header):
    data = (HEADER if has_header else "") + text(counts)
    found = stream(data, block_bytes)
    blocks = list(found.blocks())
    queries = [query for block in blocks for query in block["query_id"].unique(maintain_order=True)]
    assert queries == [f"q{query}" for query in range(len(counts))]
    assert sum(block.height for block in blocks) == sum(counts)
    assert found.header.get("index") == (["i.zarr"] if has_header else None)
    assert found.sha256 == hashlib.sha256(data.encode()).hexdigest()


@pytest.mark.parametrize("block_bytes", [1, 20, 50, 10_000])
@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["a x 1 1", "b x 1 1", "a y 1 1"], "5: rows of a query are not adjacent; sort them"),
        (["a x 1 1", "b x 1 1", "a y 2 1"], "5: rows of a query are not adjacent; sort them"),
        (
            ["a x 1 1", "b x 1 1", "a y 2 1", "b y 2 1", "c y 1 1"],
            "5: rows of a query are not adjacent; sort them",
        ),
        (["a x 1 1", "a y 3 1"], "4: rank is out of order; a query's ranks are 1, 2, 3 and so on"),
        (["a x 1 0.1", "a y 2 1"], "4: score rises within a query; expected best first"),
        (["a x 1 1", "b y 1 1", "b z 2"], "5: 3 cells, expected 4"),
        (["a x 1 1", "b y one 1"], "4: rank is 'one', expected an integer"),
    ],
)
def test_a_broken_line_is_named_in_any_block(lines, message, block_bytes):
    data = HEADER + COLUMNS + "".join(line.replace(" ", "\t") + "\n" for line in lines)
    with pytest.raises(DataError) as error:
        list(stream(data, block_bytes).blocks())
    assert str(error.value) == f"n.tsv:{message}"


@pytest.mark.parametrize("block_bytes", [1, 30, 10_000])
def test_a_table_cut_short_is_named(block_bytes):
    with pytest.raises(DataError) as error:
        list(stream(text([3])[:-2], block_bytes).blocks())
    assert str(error.value) == "n.tsv:4: no newline at its end; the file is cut short"


def test_the_best_of_each_query(tmp_path):
    path = tmp_path / "n.tsv"
    path.write_text(HEADER + text([3, 1, 2]))
    best, whole = read_best_neighbours(path, 2), read_neighbours(path)
    assert best.rows.equals(whole.rows.filter(pl.col("rank") <= 2))
    assert (best.header, best.sha256) == (whole.header, whole.sha256)
