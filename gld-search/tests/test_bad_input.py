"""Stores and options that cannot be searched, by the exact and the approximate search."""

from pathlib import Path

import numpy as np
import pytest
import torch
from gld_shared.store import write_store
from gld_shared.testing import run

RESTORE = "restore the store from a copy, or embed again under another name"
IMAGE = {"size": 224, "resize": "squash", "mean": [0.5], "std": [0.5]}
ATTRIBUTES = {"checkpoint": {"path": "m", "sha256": "1"}, "image": IMAGE, "normalized": True}
VECTORS = np.eye(4)
WAYS = pytest.mark.parametrize("way", [[], ["--factory", "Flat"]], ids=["exact", "approximate"])


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_store("q.zarr", [f"q{n}" for n in range(4)], VECTORS, ATTRIBUTES)
    write_store("i.zarr", [f"x{n}" for n in range(4)], VECTORS, ATTRIBUTES)


def refused(*arguments, code=1):
    result = run(["gld-search", *arguments, "-o", "n.tsv"])
    assert (result.exit_code, result.stdout) == (code, "")
    assert not Path("n.tsv").exists()
    return result.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"checkpoint": {"path": "m", "sha256": "2"}}, "checkpoint (2 and 1)"),
        (
            {"image": {**IMAGE, "size": 384}},
            "image settings ({'decode': 'fast', 'size': 384, 'resize': 'squash', 'mean': [0.5], "
            "'std': [0.5]} and {'decode': 'fast', 'size': 224, 'resize': 'squash', 'mean': [0.5], "
            "'std': [0.5]})",
        ),
        ({"model": {"backbone": "resnet50"}}, "backbone (resnet50 and None)"),
    ],
)
@WAYS
def test_stores_that_mean_different_things(attributes, words, way):
    write_store("other.zarr", ["q"], VECTORS[:1], {**ATTRIBUTES, **attributes})
    assert refused("other.zarr", "--index", "i.zarr", *way) == (
        f"Error: other.zarr and i.zarr: different {words}, so their similarities mean nothing; "
        "embed both with the same checkpoint and image settings"
    )


@WAYS
def test_stores_of_other_dimensions(way):
    write_store("wide.zarr", ["q"], np.eye(5)[:1], ATTRIBUTES)
    assert refused("wide.zarr", "--index", "i.zarr", *way) == (
        "Error: wide.zarr and i.zarr: different dimension (5 and 4), so their similarities mean "
        "nothing; embed both with the same checkpoint and image settings"
    )


@pytest.mark.parametrize(
    ("vector", "fault"),
    [
        ([np.nan, 0, 0, 1], "its vector is not finite"),
        ([np.inf, 0, 0, 1], "its vector is not finite"),
        ([0, 0, 0, 0], "its vector has length 0, expected 1, because the store is marked "
         "normalized"),
        ([3, 0, 0, 4], "its vector has length 5, expected 1, because the store is marked "
         "normalized"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("side", ["queries", "index"])
@WAYS
def test_vectors_without_a_usable_length_are_named_by_id(vector, fault, side, way):
    write_store("bad.zarr", ["a", "b"], np.array([[1, 0, 0, 0], vector]), ATTRIBUTES)
    stores = ["bad.zarr", "--index", "i.zarr"]
    if side == "index":
        stores = ["q.zarr", "--index", "bad.zarr"]
    assert refused(*stores, *way) == f"Error: bad.zarr: row 1 (id 'b'): {fault}; {RESTORE}"


@WAYS
def test_zero_vectors_of_stores_that_are_not_normalized(way):
    attributes = {**ATTRIBUTES, "normalized": False}
    write_store("any.zarr", ["q"], 3 * VECTORS[:1], attributes)
    write_store("bad.zarr", ["a", "b"], np.array([[9, 0, 0, 0], [0, 0, 0, 0]]), attributes)
    assert refused("any.zarr", "--index", "bad.zarr", *way) == (
        "Error: bad.zarr: row 1 (id 'b'): its vector has length 0, expected 1e-15 to 1e+15; "
        f"{RESTORE}"
    )


@WAYS
def test_scores_of_stores_that_are_not_normalized_are_inner_products(way):
    attributes = {**ATTRIBUTES, "normalized": False}
    write_store("any.zarr", ["q"], np.array([[3.0, 4, 0, 0]]), attributes)
    write_store("long.zarr", ["a", "b"], np.array([[1.0, 0, 0, 0], [0, 2, 0, 0]]), attributes)
    result = run(["gld-search", "any.zarr", "--index", "long.zarr", *way])
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[2:] == ["q\tb\t1\t8.0", "q\ta\t2\t3.0"]


@pytest.mark.parametrize("marked", ["queries", "index"])
@WAYS
def test_stores_of_which_one_is_normalized_and_the_other_is_not(marked, way):
    attributes = {**ATTRIBUTES, "normalized": False}
    write_store("any.zarr", ["a", "b"], np.array([[1, 0, 0, 0], [0, 2, 0, 0]]), attributes)
    stores = ["q.zarr", "--index", "any.zarr"]
    if marked == "index":
        stores = ["any.zarr", "--index", "i.zarr"]
    assert refused(*stores, *way) == (
        "Error: any.zarr: row 1 (id 'b'): its vector has length 2, expected 1, because "
        f"{'q' if marked == 'queries' else 'i'}.zarr is marked normalized; scale the vectors of "
        "both to length 1, or mark neither"
    )


BAD = [
    ([np.nan, 0, 0, 1], f"its vector is not finite; {RESTORE}"),
    ([-np.inf, 0, 0, 1], f"its vector is not finite; {RESTORE}"),
    ([0, 0, 0, 0], "its vector has length 0, expected 1, because the store is marked normalized; "
     f"{RESTORE}"),
]  # fmt: skip


@pytest.mark.parametrize(("vector", "fault"), BAD)
@pytest.mark.parametrize("side", ["queries", "index"])
@WAYS
def test_vectors_in_a_later_part_are_named_by_id(vector, fault, side, way):
    for name, last in (("p0", VECTORS[1]), ("p1", vector)):
        vectors = np.array([VECTORS[0], last])
        write_store(f"{name}.zarr", [f"{name}a", f"{name}b"], vectors, ATTRIBUTES)
    stores = ["p{0,1}.zarr", "--index", "i.zarr"]
    if side == "index":
        stores = ["q.zarr", "--index", "p{0,1}.zarr"]
    assert refused(*stores, *way) == f"Error: p1.zarr: row 1 (id 'p1b'): {fault}"


@pytest.mark.parametrize(("vector", "fault"), BAD)
@pytest.mark.parametrize("side", ["queries", "index"])
@WAYS
def test_vectors_in_a_later_store_of_an_ensemble_are_named_by_id(vector, fault, side, way):
    letter = "q" if side == "queries" else "x"
    vectors = np.array([*VECTORS[:3], vector])
    write_store("bad.zarr", [f"{letter}{n}" for n in range(4)], vectors, ATTRIBUTES)
    second = ["bad.zarr", "i.zarr"] if side == "queries" else ["q.zarr", "bad.zarr"]
    stores = ["q.zarr", second[0], "--index", "i.zarr", "--index", second[1]]
    assert refused(*stores, *way) == f"Error: bad.zarr: row 3 (id '{letter}3'): {fault}"


@pytest.mark.parametrize("side", ["q.zarr", "i.zarr"])
@WAYS
def test_a_chunk_that_is_cut(side, way):
    (chunk,) = (file for file in Path(side, "vectors", "c").rglob("*") if file.is_file())
    chunk.write_bytes(chunk.read_bytes()[:-6])
    assert refused("q.zarr", "--index", "i.zarr", *way) == (
        f"Error: {chunk}: 510 bytes, expected 516; {RESTORE}"
    )


@pytest.mark.parametrize("output", ["n.tsv", "n.zarr"])
def test_a_gpu_that_is_not_there(output):
    result = run(["gld-search", "q.zarr", "--index", "i.zarr", "--device", "cuda:99", "-o", output])
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: --device cuda:99: this machine has {torch.cuda.device_count()} CUDA devices; use "
        "cpu or auto\n",
    )
    assert not Path(output).exists() and not Path(f"{output}.partial").exists()


@WAYS
def test_no_neighbours_are_no_search(way):
    assert refused("q.zarr", "--index", "i.zarr", "-k", "0", *way, code=2) == (
        "Error: Invalid value for '-k' / '--neighbours': 0 is not in the range 1<=x<=1000000000."
    )


@WAYS
def test_an_empty_index_is_refused_and_empty_queries_find_nothing(way):
    write_store("empty.zarr", [], np.empty((0, 4)), ATTRIBUTES)
    assert refused("q.zarr", "--index", "empty.zarr", *way) == (
        "Error: empty.zarr: holds no images; expected an index to search; make it with gld-embed "
        "from a list of images"
    )
    result = run(["gld-search", "empty.zarr", "--index", "i.zarr", *way])
    assert (result.exit_code, result.stdout.splitlines()[1:]) == (
        0,
        ["query_id\tindex_id\trank\tscore"],
    )


@pytest.mark.parametrize(
    ("weights", "line"),
    [
        (
            ["1", "2"],
            "2 weights and 1 query store; an ensemble needs one --weight for each query store, "
            "in the same order",
        ),
        (["0"], "all weights are 0, so all scores would be; expected one that is not"),
    ],
)
@WAYS
def test_wrong_weights(weights, line, way):
    options = [part for weight in weights for part in ("--weight", weight)]
    assert refused("q.zarr", "--index", "i.zarr", *options, *way) == f"Error: {line}"
