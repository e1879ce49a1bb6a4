"""Approximate search: candidates by FAISS, exact scores, ties and ids as in the exact search."""

import json
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import zarr
from gld_search.approximate.index_file import built_index
from gld_search.approximate.recall import measure_recall, recall_at
from gld_search.approximate.search import ApproximateSearch
from gld_search.search import Search
from gld_shared.store import open_store, write_store
from gld_shared.testing import run

from .commands import IVF, SEARCH, refused

pytestmark = pytest.mark.usefixtures("folder")
ATTRIBUTES = {"checkpoint": {"path": "random:none", "sha256": "0"}, "normalized": True}


def done(*arguments):
    result = run(arguments)
    assert result.exit_code == 0, result.stderr
    return result


def rows_of(result):
    return result.stdout.splitlines()[2:]


@pytest.mark.parametrize("factory", ["Flat", "HNSW16", IVF, f"{IVF},RFlat"])
def test_a_search_that_misses_no_candidate_has_the_rows_of_the_exact_one(factory):
    exact = rows_of(done(*SEARCH, "index.zarr", "-k", "20"))
    wide = ["--factory", factory, "--refine", "150"]
    if "IVF" in factory or "HNSW" in factory:
        wide += ["--probe", "3000"]
    assert rows_of(done(*SEARCH, "index.zarr", "-k", "20", *wide)) == exact


@pytest.mark.parametrize(
    "factory",
    ["IVF16,PQ8x4fs", "PQ16x4fs", "RR16,IVF16,RaBitQ", "IVF16,RaBitQfs", "PCA8,IVF16,PQ8x4fs",
     "IVF16_HNSW8,SQ8", "IVF16,PQ8x4fs,Refine(SQ8)"],
)  # fmt: skip
def test_factories_find_most_neighbours_with_their_exact_scores(factory):
    exact = neighbours(done(*SEARCH, "index.zarr", "-k", "50"))
    found = neighbours(done(*SEARCH, "index.zarr", "-k", "50", "--factory", factory))
    both = found.join(exact, on=["query_id", "index_id"], suffix="_exact")
    assert both.height > 0.9 * exact.height
    assert (both["score"] == both["score_exact"]).all()
    assert (found["score"].diff() <= 0).filter(found["rank"] > 1).all()


def neighbours(result):
    rows = result.stdout.partition("\n")[2]
    return pl.read_csv(rows.encode(), separator="\t")


def test_equal_scores_are_in_index_order(images):
    copies = np.repeat(images[:100], 20, axis=0)
    write_store("copies.zarr", [f"c{n}" for n in range(2000)], copies, ATTRIBUTES)
    command = ["gld-search", "queries.zarr", "--index", "copies.zarr", "-k", "30"]
    wide = ["--factory", "IVF4,PQ8x4fs", "--refine", "100", "--probe", "4"]
    assert rows_of(done(*command, *wide)) == rows_of(done(*command))


def test_the_query_itself_is_left_out():
    command = ["gld-search", "index.zarr", "--index", "index.zarr", "-k", "3"]
    command += ["--factory", IVF, "--refine", "100", "--probe", "16"]
    rows = rows_of(done(*command))
    assert not [row for row in rows if row.split("\t")[0] == row.split("\t")[1]]
    kept = rows_of(done(*command, "--keep-self"))
    assert kept[::3] == [f"x{n}\tx{n}\t1\t{row.split()[3]}" for n, row in enumerate(kept[::3])]


def test_an_ensemble_with_weights():
    command = ["gld-search", "queries.zarr", "queries.zarr", "--index", "index.zarr", "--index"]
    command += ["p{0..2}.zarr", "--weight", "2", "--weight", "0.3", "-k", "10"]
    wide = ["--factory", IVF, "--refine", "100", "--probe", "16"]
    assert rows_of(done(*command, *wide)) == rows_of(done(*command))


def test_the_header_says_how_neighbours_were_found():
    result = done(*SEARCH, "index.zarr", "-k", "10", "--factory", IVF, "--recall", "40")
    header = json.loads(result.stdout.splitlines()[0][1:])
    recall = header["approximate"].pop("recall")
    assert header["approximate"] == {"factory": IVF, "refine": 10, "probe": 4, "seed": 0}
    assert recall["queries"] == 40
    assert list(recall["at"]) == ["1", "10"]
    assert 0.9 < recall["at"]["10"] <= recall["at"]["1"] <= 1
    assert result.stderr == (
        "gld-search: recall of 40 queries against exact search: "
        f"@1 {recall['at']['1']:.4f}, @10 {recall['at']['10']:.4f}\n"
    )
    assert header["history"][-1]["arguments"] == [
        *("queries.zarr", "--index", "index.zarr", "--neighbours", "10"),
        *("--factory", IVF, "--recall", "40"),
    ]


def test_recall_is_the_share_of_exact_neighbours_among_the_first_k():
    found = np.array([[1, 2, 3], [9, 8, -1]])
    exact = np.array([[1, 3, 4], [8, -1, -1]])
    assert recall_at(found, exact, 1) == 0.5
    assert recall_at(found, exact, 2) == 0.75
    assert recall_at(found, exact, 3) == round((2 / 3 + 1) / 2, 6)


def test_recall_falls_with_what_is_searched():
    queries, index = [open_store("queries.zarr")], [open_store("index.zarr")]
    opened = built_index(IVF, index, 0)
    poor = measure_recall(ApproximateSearch(queries, index, 100, opened, 1, 1), 50, 0)
    rich = measure_recall(ApproximateSearch(queries, index, 100, opened, 30, 16), 50, 0)
    assert list(rich["at"]) == ["1", "10", "100"]
    assert poor["at"]["100"] < 0.9 < rich["at"]["100"]
    assert rich["at"]["1"] == 1


def test_a_warning_counts_the_neighbours_that_were_not_found():
    command = [*SEARCH, "index.zarr", "-k", "1000", "--factory", "IVF64,Flat", "--probe", "1"]
    result = done(*command)
    missing = 150 * 1000 - len(rows_of(result))
    assert missing > 0
    assert result.stderr == (
        f"gld-search: {missing:,} of 150,000 neighbours were not found, because the index found "
        "too few candidates; raise --probe\n"
    )


@pytest.mark.parametrize("k", [1, 7, 5000])
def test_any_k(k):
    queries, index = [open_store("queries.zarr")], [open_store("index.zarr")]
    opened = built_index("Flat", index, 0)
    exact = pl.concat(Search(queries, index, k).blocks())
    found = pl.concat(ApproximateSearch(queries, index, k, opened).blocks())
    assert found.equals(exact)


def test_neighbours_as_zarr_are_those_of_the_table():
    command = [*SEARCH, "index.zarr", "-k", "10", "--factory", IVF, "--index-file", "i.faiss"]
    rows = rows_of(done(*command))
    done(*command, "-o", "n.zarr")
    again = run(["gld-rerank", "expand", "n.zarr", "-k", "5"])
    assert again.exit_code == 0, again.stderr
    ids = open_store("index.zarr").ids
    found = np.asarray(zarr.open_group("n.zarr", mode="r")["rows"])
    assert [ids[row] for row in found.ravel()] == [row.split("\t")[1] for row in rows]


def test_zarr_of_another_index_is_not_resumed():
    command = [*SEARCH, "index.zarr", "-k", "10", "-o", "n.zarr"]
    done(*command, "--factory", IVF)
    line = "Error: n.zarr: was made with another {}; choose another output, or move this one away"
    assert refused(*command, "--factory", IVF, "--seed", "1") == line.format(
        "approximate.seed (0, now 1)"
    )
    assert refused(*command) == line.format(
        f"approximate.factory ({IVF}, now unset), approximate.refine (10, now unset), "
        "approximate.probe (4, now unset), approximate.seed (0, now unset)"
    )


def test_a_warning_names_the_first_unit_as_zarr_that_lacks_neighbours():
    command = [*SEARCH, "index.zarr", "-k", "1000", "--factory", "IVF64,Flat", "--probe", "1"]
    result = done(*command, "-o", "n.zarr")
    missing = np.count_nonzero(np.asarray(zarr.open_group("n.zarr", mode="r")["rows"]) < 0)
    assert missing > 0
    assert result.stderr == (
        f"gld-search: {missing:,} of 150,000 neighbours of queries 0 to 149, perhaps more of "
        "others, were not found, because the index found too few candidates; raise --probe\n"
    )


def test_times_name_the_candidates():
    line = done(*SEARCH, "index.zarr", "--factory", IVF, "-v", "-o", "n.tsv").stderr
    assert re.fullmatch(
        r"gld-search: 150 queries x 3,000 images in \S+ s; of all threads together: "
        r"candidates \S+ s, rescoring \S+ s, writing \S+ s\n",
        line,
    )


@pytest.mark.parametrize(
    ("vector", "fault"),
    [
        (np.full(16, np.nan), "its vector is not finite"),
        (np.zeros(16), "its vector has length 0, expected 1, because the store is marked "
         "normalized"),
        (np.ones(16), "its vector has length 4, expected 1, because the store is marked "
         "normalized"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("side", ["queries", "index"])
def test_unusable_vectors_are_named(images, vector, fault, side):
    vectors = np.concatenate([images[:50], [vector]])
    write_store("bad.zarr", [f"b{n}" for n in range(51)], vectors, ATTRIBUTES)
    stores = ["bad.zarr", "--index", "index.zarr"]
    if side == "index":
        stores = ["queries.zarr", "--index", "bad.zarr"]
    approximate = ["--factory", "Flat", "--index-file", "i.faiss", "-o", "n.tsv"]
    assert refused("gld-search", *stores, *approximate) == (
        f"Error: bad.zarr: row 50 (id 'b50'): {fault}; restore the store from a copy, or embed "
        "again under another name"
    )
    assert not Path("n.tsv").exists()
    assert Path("i.faiss").exists() == (side == "queries")


def test_an_empty_index_and_no_queries():
    attributes = {**ATTRIBUTES}
    write_store("empty.zarr", [], np.empty((0, 16)), attributes)
    assert refused(*SEARCH, "empty.zarr", "--factory", IVF) == (
        "Error: empty.zarr: holds no images; expected an index to search; make it with gld-embed "
        "from a list of images"
    )
    result = run(["gld-search", "empty.zarr", "--index", "index.zarr", "--factory", IVF])
    assert (result.exit_code, rows_of(result)) == (0, [])
    result = run(
        ["gld-search", "empty.zarr", "--index", "index.zarr", "--factory", IVF, "--recall", "5"]
    )
    assert result.exit_code == 0, result.stderr
