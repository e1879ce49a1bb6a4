"""Approximate search: candidates by FAISS, exact scores, ties and ids as in the exact search."""

import json
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import zarr
from gld_search.approximate.factory import empty_index
from gld_search.approximate.index_file import built_index
from gld_search.approximate.recall import measure_recall, recall_at
from gld_search.approximate.search import ApproximateSearch
from gld_search.search import Search
from gld_shared.errors import DataError
from gld_shared.store import open_store, write_store
from gld_shared.testing import run

pytestmark = pytest.mark.usefixtures("folder")
IVF = "IVF16,PQ8x4fs"
SEARCH = ["gld-search", "queries.zarr", "--index"]
ATTRIBUTES = {"checkpoint": {"path": "random:none", "sha256": "0"}, "normalized": True}


def done(*arguments):
    result = run(arguments)
    assert result.exit_code == 0, result.stderr
    return result


def refused(*arguments, code=1):
    result = run(arguments)
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    return result.stderr.splitlines()[-1]


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


def test_without_faiss_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "faiss", None)
    assert refused(*SEARCH, "index.zarr", "--factory", IVF) == (
        "Error: approximate search: faiss cannot be imported (import of faiss halted; None in "
        "sys.modules); pip install faiss-cpu, or the extra approximate, as in "
        "gld-search[approximate]"
    )


EXPECTED = "expected a FAISS factory string, such as IVF4096,PQ64x4fs"


@pytest.mark.parametrize(
    ("factory", "line"),
    [
        ("foo", f"no index of vectors of 16 values: could not parse index string foo; {EXPECTED}"),
        (
            "IVF16,PQ7",
            "no index of vectors of 16 values: The dimension of the vector (d) should be a "
            f"multiple of the number of subquantizers (M); {EXPECTED}",
        ),
        (
            "LSH",
            f"no index of vectors of 16 values: faiss requires metric == METRIC_L2; {EXPECTED}",
        ),
        ("HNSW1", f"HNSW1 is not from 2 to 1024; {EXPECTED}"),
        ("IVF4_HNSW0,Flat", f"_HNSW0 is not from 2 to 1024; {EXPECTED}"),
        ("HNSW1000000", f"HNSW1000000 is not from 2 to 1024; {EXPECTED}"),
        ("NSG2", f"NSG2 is not from 8 to 1024; {EXPECTED}"),
        ("IVF0,Flat", f"IVF0 is not from 1 to 2147483647; {EXPECTED}"),
        ("PQ16x0", f"x0 is not from 1 to 2147483647; {EXPECTED}"),
        ("IVF9999999999,Flat", f"IVF9999999999 is not from 1 to 2147483647; {EXPECTED}"),
        ("RR999999999,Flat", f"RR999999999 is not from 1 to 4096; {EXPECTED}"),
        ("OPQ8_99999,Flat", f"_99999 is not from 1 to 4096; {EXPECTED}"),
        (
            "OPQ7,Flat",
            "cannot be trained on 3,000 images: The dimension of the vector (d) should be a "
            "multiple of the number of subquantizers (M); use a factory with fewer centroids, or "
            "search exactly without --factory",
        ),
        (
            "IVF4096,Flat",
            "4,096 inverted lists need at least as many images, the index holds 3,000; use fewer "
            "lists, or search exactly without --factory",
        ),
        (
            "PQ8x12",
            "cannot be trained on 3,000 images: Number of training points (3000) should be at "
            "least as large as number of clusters (4096); use a factory with fewer centroids, or "
            "search exactly without --factory",
        ),
        (
            "IDMap,Flat",
            "vectors cannot be added: add does not make sense with IndexIDMap, use add_with_ids; "
            "use another factory, which adds vectors at any time, such as IVF4096,PQ64x4fs",
        ),
    ],
)
def test_factory_strings_that_cannot_be(factory, line):
    assert refused(*SEARCH, "index.zarr", "--factory", factory) == (
        f"Error: --factory {factory}: {line}"
    )


def test_a_factory_string_of_any_length_does_not_crash():
    """The parser of FAISS recurses once a character."""
    with pytest.raises(DataError) as caught:
        empty_index("x" * 20_000, 16)
    assert str(caught.value).endswith(f": 20,000 characters, expected at most 1,000; {EXPECTED}")


def test_few_images_for_many_lists_is_a_warning():
    result = done(*SEARCH, "index.zarr", "--factory", "IVF100,PQ8x4fs", "-k", "1")
    assert result.stderr == (
        "gld-search: --factory IVF100,PQ8x4fs: trained on 3,000 images, FAISS advises 3,900: 39 "
        "for each inverted list\n"
    )


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--append"], "--append needs the --index-file that it extends"),
        (["--refine", "3"], "--refine needs --factory or --index-file"),
        (["--probe", "3"], "--probe needs --factory or --index-file"),
        (["--recall", "3"], "--recall needs --factory or --index-file"),
        (["--seed", "3"], "--seed needs --factory or --index-file"),
        (
            ["--factory", IVF, "--shard", "1/2"],
            "--shard is for exact search; an index file is searched as a whole",
        ),
        (
            ["--factory", IVF, "-o", "n.zarr", "-j", "2"],
            "-j, --gpus and --engine are for exact search; approximate search uses all cores in "
            "one process",
        ),
    ],
)
def test_options_that_mean_nothing_together(options, line):
    assert refused(*SEARCH, "index.zarr", *options, code=2) == f"Error: {line}"


def test_an_empty_factory_is_no_exact_search():
    assert refused(*SEARCH, "index.zarr", "--factory", "", code=2) == (
        "Error: --factory is empty; expected a FAISS factory string, such as IVF4096,PQ64x4fs; "
        "leave the option out to search exactly"
    )


def test_the_folder_of_an_index_file_is_there():
    options = ["--factory", "Flat", "--index-file", "none/i.faiss"]
    assert refused(*SEARCH, "index.zarr", *options) == (
        "Error: none/i.faiss: none is not a folder; make it, or name another --index-file"
    )


def test_probe_without_lists_or_graph():
    assert refused(*SEARCH, "index.zarr", "--factory", "PQ8x4fs", "--probe", "3") == (
        "Error: --probe 3: the index has neither inverted lists nor a graph, so every search "
        "visits all of it; leave out --probe"
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
