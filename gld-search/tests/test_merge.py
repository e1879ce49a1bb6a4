"""Shards of an index, and gld-search merge: the bytes of the search of the whole."""

import gzip
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from gld_search.merging.rows import best_rows
from gld_shared.store import write_store
from gld_shared.testing import run, small_store
from hypothesis import given
from hypothesis import strategies as st

IDS = [f"i{position:03}" for position in range(300)]
# Vectors of three values each, so that many scores are equal.
TIES = np.random.default_rng(0).integers(-1, 2, (300, 4)) + np.array([0, 0, 0, 3])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small_store("index.zarr", IDS, seed=2)
    small_store("queries.zarr", ["a", "b", "i007", "i200"], seed=1)


def done(*arguments):
    result = run(arguments)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def lines_of(name):
    return Path(name).read_text().splitlines(keepends=True)


def shards_of(count, *search):
    """Search each shard by itself; return the names of the tables."""
    names = [f"shard{number}of{count}.tsv" for number in range(1, count + 1)]
    for number, name in enumerate(names, 1):
        done("gld-search", *search, "--shard", f"{number}/{count}", "-o", name)
    return names


SEARCHES = {
    "another store": ["queries.zarr", "--index", "index.zarr"],
    "itself": ["index.zarr", "--index", "index.zarr"],
    "itself, kept": ["index.zarr", "--index", "index.zarr", "--keep-self"],
    "equal scores": ["ties.zarr", "--index", "ties.zarr"],
    "an ensemble": [
        *("queries.zarr", "queries2.zarr", "--index", "index.zarr", "--index", "index2.zarr"),
        *("--weight", "2", "--weight", "0.3"),
    ],
    "parts": ["queries.zarr", "--index", "{ties,index2}.zarr"],
}


CASES = [
    *((name, 100) for name in SEARCHES),
    ("itself", 1),
    ("itself", 5000),
    ("equal scores", 1),
    ("equal scores", 5000),
]


@pytest.mark.parametrize(("search", "k"), CASES)
@pytest.mark.usefixtures("folder")
def test_the_merged_table_has_the_bytes_of_the_whole_search(search, k):
    attributes = {"checkpoint": {"path": "random:none", "sha256": "0"}}
    if search == "equal scores":
        write_store("ties.zarr", IDS, TIES, attributes)
    if search == "an ensemble":
        small_store("queries2.zarr", ["i200", "b", "more", "a", "i007"], seed=3, dimension=5)
        small_store("index2.zarr", [*reversed(IDS), "more"], seed=4, dimension=5)
    if search == "parts":
        small_store("ties.zarr", IDS[:100], seed=4)
        small_store("index2.zarr", IDS[100:], seed=5)
    command = [*SEARCHES[search], "-k", str(k)]
    whole = done("gld-search", *command)
    for count in (1, 2, 7):
        assert done("gld-search", "merge", *reversed(shards_of(count, *command))) == whole


@pytest.mark.usefixtures("folder")
def test_as_many_shards_as_pairs_of_images():
    small_store("few.zarr", ["i007", "x", "y", "i200", "z"], seed=4)
    command = ["queries.zarr", "--index", "few.zarr"]
    assert done("gld-search", "merge", *shards_of(2, *command)) == done("gld-search", *command)
    small_store("one.zarr", ["i007"])
    command = ["queries.zarr", "--index", "one.zarr"]
    assert done("gld-search", "merge", *shards_of(1, *command)) == done("gld-search", *command)


@pytest.mark.usefixtures("folder")
def test_shards_may_be_compressed_and_copies_of_the_stores_are_the_same_stores():
    command = ["queries.zarr", "--index", "index.zarr"]
    names = shards_of(2, *command)
    small_store("copy.zarr", IDS, seed=2)
    done("gld-search", "queries.zarr", "--index", "copy.zarr", "--shard", "2/2", "-o", "2.tsv.gz")
    merged = done("gld-search", "merge", "2.tsv.gz", names[0])
    assert merged == done("gld-search", *command)


@pytest.mark.usefixtures("folder")
def test_shards_are_read_in_step_however_their_blocks_end(monkeypatch):
    monkeypatch.setattr("gld_search.merging.merge.BLOCK_BYTES", 10_000)
    monkeypatch.setattr("gld_search.merging.merge._LEAST_BYTES", 1)
    command = ["index.zarr", "--index", "index.zarr", "-k", "9"]
    names = shards_of(3, *command)
    Path("1.gz").write_bytes(gzip.compress(Path(names[0]).read_bytes()))
    assert done("gld-search", "merge", "1.gz", *names[1:]) == done("gld-search", *command)


SCORES = st.lists(st.sampled_from([1.0, 0.5, 0.0, -0.0, -1.0]), min_size=1, max_size=6)


@given(
    st.lists(st.lists(SCORES, min_size=2, max_size=2), min_size=1, max_size=4), st.integers(1, 8)
)
def test_merging_is_one_stable_sort_by_score(shards, k):
    """Each shard has two queries, each with any scores; -0 is equal to 0."""
    tables, expected = [], []
    for number, of_queries in enumerate(shards):
        rows = [
            (query, f"s{number}r{rank}", rank, score, query)
            for query, scores in enumerate(of_queries)
            for rank, score in enumerate(sorted(scores, reverse=True), 1)
        ]
        columns = ["query_id", "index_id", "rank", "score", "place"]
        tables.append(pl.DataFrame(rows, schema=columns, orient="row"))
    for query in (0, 1):
        of_query = pl.concat(tables).filter(pl.col("place") == query)["index_id", "score"].rows()
        best = sorted(of_query, key=lambda row: -row[1])[:k]
        expected += [(query, name, rank) for rank, (name, _) in enumerate(best, 1)]
    assert best_rows(tables, k)["query_id", "index_id", "rank"].rows() == expected


def refused(*arguments):
    result = run(arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    return result.stderr


@pytest.mark.usefixtures("folder")
def test_neighbours_as_zarr_are_no_shard():
    done("gld-search", "queries.zarr", "--index", "index.zarr", "-o", "whole.zarr")
    assert refused("gld-search", "merge", "whole.zarr") == (
        "Error: whole.zarr: is a folder; expected a table that gld-search --shard i/n wrote "
        "(neighbours as Zarr are searched without shards)\n"
    )


@pytest.mark.usefixtures("folder")
def test_missing_repeated_and_other_tables():
    command = ["queries.zarr", "--index", "index.zarr"]
    one, two, _ = shards_of(3, *command)
    done("gld-search", *command, "-o", "whole.tsv")
    assert refused("gld-search", "merge", one, two) == (
        f"Error: {one}: is one of 3 shards; expected 3/3 too, which gld-search --shard 3/3 writes\n"
    )
    Path("copy.tsv").write_bytes(Path(two).read_bytes())
    assert refused("gld-search", "merge", one, two, "copy.tsv") == (
        f"Error: copy.tsv: is shard 2/3, as {two} is; expected each shard once\n"
    )
    assert refused("gld-search", "merge", one, "whole.tsv") == (
        "Error: whole.tsv:1: header: it names no shard; expected a table that gld-search "
        "--shard i/n wrote\n"
    )
    assert refused("gld-search", "merge", one, "none.tsv") == (
        "Error: none.tsv: cannot be read: No such file or directory\n"
    )
    assert refused("gld-search", "merge", one, two, "-o", two) == (
        f"Error: {two}: is also read as TABLES, and would be overwritten; name another output\n"
    )


@pytest.mark.parametrize(
    ("search", "words"),
    [
        (["--shard", "2/2"], ("is one of 2 shards", "is one of 3 shards")),
        (
            ["--shard", "2/3", "-k", "9"],
            ("has 9 neighbours per query", "has 100 neighbours per query"),
        ),
        (
            ["--shard", "2/3", "--keep-self"],
            ("keeps the query itself", "leaves out the query itself"),
        ),
        (["--shard", "2/3", "--weight", "2"], ("has the weights [2.0]", "has no weights")),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_shard_of_another_search(search, words):
    first, *_ = shards_of(3, "queries.zarr", "--index", "index.zarr")
    done("gld-search", "queries.zarr", "--index", "index.zarr", *search, "-o", "other.tsv")
    assert refused("gld-search", "merge", first, "other.tsv") == (
        f"Error: other.tsv: {words[0]}, but {first} {words[1]}; expected shards of one search\n"
    )


@pytest.mark.usefixtures("folder")
def test_a_shard_of_other_stores():
    first, *_ = shards_of(2, "queries.zarr", "--index", "index.zarr")
    small_store("index2.zarr", IDS, seed=9)
    small_store("part.zarr", ["new"], seed=9)
    command = ["queries.zarr", "--shard", "2/2", "-o", "other.tsv", "--index"]
    done("gld-search", *command, "{index2,part}.zarr")
    assert refused("gld-search", "merge", first, "other.tsv") == (
        f"Error: other.tsv: is of 3 stores, but {first} is of 2 stores; expected shards of one "
        "search\n"
    )
    done("gld-search", *command, "index2.zarr")
    digests = [
        json.loads(lines_of(name)[0][1:])["history"][-1]["inputs"][1]["sha256"][:12]
        for name in ("other.tsv", first)
    ]
    assert refused("gld-search", "merge", first, "other.tsv") == (
        f"Error: other.tsv: is of index2.zarr with sha256 {digests[0]}, but {first} is of "
        f"index.zarr with sha256 {digests[1]}; expected shards of one search\n"
    )


AGAIN = "the table is damaged or cut short, copy it again or search again"


@pytest.mark.usefixtures("folder")
def test_a_shard_from_standard_input():
    first, second = shards_of(2, "queries.zarr", "--index", "index.zarr")
    alone = run(["gld-search", "merge", "-"], stdin=Path(first).read_bytes())
    assert alone.stderr == (
        "Error: standard input: is one of 2 shards; expected 2/2 too, which gld-search --shard 2/2 "
        "writes\n"
    )
    piped = run(["gld-search", "merge", "-", second], stdin=Path(first).read_bytes())
    assert piped.stdout == run(["gld-search", "merge", first, second]).stdout


@pytest.mark.usefixtures("folder")
def test_a_shard_that_lacks_rows_or_queries():
    first, second = shards_of(2, "queries.zarr", "--index", "index.zarr")
    lines, cut = lines_of(second), Path("cut.tsv")
    merge = ["gld-search", "merge", first, cut, "-o", "merged.tsv"]
    cut.write_text("".join(lines[:-5]))
    assert refused(*merge) == (f"Error: cut.tsv: 395 rows, expected 400; {AGAIN}\n")
    cut.write_text("".join(lines[:-100]))
    assert refused(*merge) == (f"Error: cut.tsv: 300 rows, expected 400; {AGAIN}\n")
    cut.write_text("".join([*lines[:102], *lines[202:], *lines[102:202]]))
    assert refused(*merge) == (
        f"Error: cut.tsv: has query 'i007' where {first} has 'b', expected the same queries in the "
        f"same order; {AGAIN}\n"
    )
    # With a header that counts fewer rows, the last query would be missing in the result.
    cut.write_text("".join(lines[:-100]).replace('"rows": 400', '"rows": 300', 1))
    query = lines[-1].split("\t")[0]
    for tables, whole in (([first, cut], first), ([cut, first], first)):
        assert refused("gld-search", "merge", *tables, "-o", "merged.tsv") == (
            f"Error: cut.tsv: has no query {query!r}, which {whole} has; {AGAIN}\n"
        )
    assert not Path("merged.tsv").exists()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"shard": 3}, "shard: expected an object, got 3"),
        ({"shard": {"number": 1}}, "shard.count: missing, expected an integer"),
        ({"number": 3}, "shard: there is no shard 3/2"),
        ({"history": []}, "history: its last step has no --shard"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_damaged_header(change, fault):
    first, second = shards_of(2, "queries.zarr", "--index", "index.zarr")
    line, *rest = lines_of(second)
    header = json.loads(line[1:])
    inner = {key: value for key, value in change.items() if key in header["shard"]}
    header = {**header, "shard": {**header["shard"], **inner}, **(change if not inner else {})}
    Path("damaged.tsv").write_text("".join([f"#{json.dumps(header)}\n", *rest]))
    assert refused("gld-search", "merge", first, "damaged.tsv") == (
        f"Error: damaged.tsv:1: header: {fault}; expected a table that gld-search --shard i/n "
        "wrote\n"
    )


@pytest.mark.usefixtures("folder")
def test_shards_that_there_are_not():
    command = ["gld-search", "queries.zarr", "--index", "index.zarr", "--shard"]
    for value in ("0/2", "3/2", "1", "x", "-1/2", "1/0", "1/2/3", "\N{ARABIC-INDIC DIGIT ONE}/2"):
        result = run([*command, value])
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.splitlines()[-1] == (
            f"Error: Invalid value for '--shard': {value!r} is not a shard from 1/n to n/n, "
            "such as 2/7."
        )
    assert refused(*command, "1/151") == (
        "Error: --shard 1/151: the index holds 300 images, expected at most 150 shards, of two "
        "images or more each\n"
    )


def test_shards_are_not_merged_into_zarr(folder):
    result = run(
        [
            "gld-search",
            "merge",
            *shards_of(2, "queries.zarr", "--index", "index.zarr"),
            "-o",
            "n.zarr",
        ]
    )
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1] == (
        "Error: -o n.zarr: shards are merged into a table; give -o a name that does not end in "
        ".zarr, or search without --shard to write Zarr"
    )
    assert not Path("n.zarr").exists()
