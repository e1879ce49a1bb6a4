import json
from itertools import pairwise

import numpy as np
import pytest
from gld_shared.neighbours import open_graph
from gld_shared.store import open_store, write_store
from gld_shared.store.parts import open_parts
from gld_shared.testing import refused, run, small_store

IDS = [f"i{position:03}" for position in range(300)]
ENDS = [0, 1, 120, 120, 300]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An index as a whole and in four parts, of which one is empty, and queries."""
    monkeypatch.chdir(tmp_path)
    small_store("queries.zarr", ["a", "b", "i007"], seed=1)
    whole = open_store(small_store("whole.zarr", IDS, seed=2))
    for part, (start, end) in enumerate(pairwise(ENDS)):
        vectors = whole.read(slice(start, end))
        write_store(f"p{part}.zarr", IDS[start:end], vectors, whole.attributes, dtype="float32")


PARTS = "p{0..3}.zarr"
NAMES = ["p0.zarr", "p1.zarr", "p2.zarr", "p3.zarr"]


def lines(result):
    assert result.exit_code == 0, result.stderr
    return result.stdout.splitlines()


@pytest.mark.usefixtures("folder")
def test_parts_are_read_as_one_store():
    whole, parts = open_store("whole.zarr"), open_parts(NAMES)
    assert (parts.n, list(parts.ids)) == (300, IDS)
    rows = np.random.default_rng(0).integers(0, 300, 50)
    for some in (rows, slice(0, 0), slice(0, 1), slice(100, 130), slice(0, 300), slice(290, 400)):
        np.testing.assert_array_equal(parts.read(some), whole.read(some))


@pytest.mark.usefixtures("folder")
def test_the_rows_of_a_search_and_a_rerank_are_those_of_the_whole(tmp_path):
    whole = lines(run(["gld-search", "queries.zarr", "--index", "whole.zarr", "-k", "290"]))
    parts = lines(run(["gld-search", "queries.zarr", "--index", PARTS, "-k", "290"]))
    assert parts[1:] == whole[1:]
    assert json.loads(parts[0][1:])["index"] == [NAMES]
    expanded = [
        lines(run(["gld-rerank", "expand"], "\n".join([*table, ""]))) for table in (whole, parts)
    ]
    assert expanded[1][1:] == expanded[0][1:]
    assert json.loads(expanded[1][0][1:])["index"] == [NAMES]


@pytest.mark.usefixtures("folder")
def test_an_ensemble_of_parts():
    two = ["gld-search", "queries.zarr", "queries.zarr", "--index", "whole.zarr", "--index"]
    assert lines(run([*two, PARTS]))[1:] == lines(run([*two, "whole.zarr"]))[1:]


@pytest.mark.usefixtures("folder")
def test_an_id_in_two_parts_is_an_error():
    result = run(["gld-search", "queries.zarr", "--index", "{p0,p3,whole}.zarr"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: p0.zarr and whole.zarr: both hold 'i000'; expected each id in one part of an "
        "index; name each part once, and embed each image in one\n"
    )


@pytest.mark.usefixtures("folder")
def test_parts_are_augmented_alike_or_not_at_all():
    for source, top, output in (("p1", 2, "a1"), ("p3", 2, "a3"), ("whole", 9, "a4")):
        augment = ["gld-rerank", "augment", f"{source}.zarr", "--top", top, "-o", f"{output}.zarr"]
        assert run(augment).exit_code == 0
    search = ["gld-search", "queries.zarr", "--index"]
    for parts, ours, theirs in (
        ("{p1,a3}", "None", "{'top': 2, 'alpha': 3.0}"),
        ("{a3,a4}", "{'top': 2, 'alpha': 3.0}", "{'top': 9, 'alpha': 3.0}"),
    ):
        first, other = parts.strip("{}").split(",")
        assert refused([*search, f"{parts}.zarr"]) == (
            f"Error: {first}.zarr and {other}.zarr: different augmentation ({ours} and {theirs}), "
            "so their scores have no common order; augment both by the same gld-rerank augment, or "
            "neither\n"
        )
    assert run([*search, "{a1,a3}.zarr"]).exit_code == 0


@pytest.mark.usefixtures("folder")
def test_a_missing_part_is_named():
    result = run(["gld-search", "queries.zarr", "--index", "p{0..4}.zarr"])
    assert result.stderr == (
        "Error: p4.zarr: not found; expected an embedding store made by gld-embed\n"
    )


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("ending", ["tsv", "zarr"])
def test_the_graph_of_parts_is_that_of_the_whole(ending):
    for store, name in (("whole.zarr", "of-whole"), (PARTS, "parts")):
        command = ["gld-search", store, "--index", store, "-k", "5", "-o", f"{name}.{ending}"]
        assert run(command).exit_code == 0
    graphs = [
        open_graph(f"{name}.{ending}", open_parts(stores), 5).all()
        for name, stores in (("of-whole", ["whole.zarr"]), ("parts", NAMES))
    ]
    for left, right in zip(*graphs, strict=True):
        np.testing.assert_array_equal(left, right)
    again = run(["gld-rerank", "expand", f"parts.{ending}", "-k", "3"])
    assert len(lines(again)) == 2 + 3 * 300
