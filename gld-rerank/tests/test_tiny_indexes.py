"""Methods on the graph of the index, where the index is one image, or the query alone."""

import pytest
from gld_shared.testing import run, small_store

METHODS = ["reciprocal", "reciprocal --whole", "explore", "diffuse", "propagate"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("queries", "index", "expected"),
    [
        (["x"], ["x"], []),  # the image itself is left out
        (["a"], ["x"], [("a", "x")]),
        (["x", "a"], ["x", "y"], [("x", "y"), ("a", "y"), ("a", "x")]),
    ],
)
def test_tiny_indexes(tmp_path, method, queries, index, expected):
    stores = [
        small_store(tmp_path / "q.zarr", queries, 1),
        small_store(tmp_path / "i.zarr", index, 2),
    ]
    table = tmp_path / "n.tsv"
    assert run(["gld-search", stores[0], "--index", stores[1], "-o", table]).exit_code == 0
    result = run(["gld-rerank", *method.split(), table])
    assert result.exit_code == 0, result.stderr
    rows = [tuple(line.split("\t")[:2]) for line in result.stdout.splitlines()[2:]]
    assert rows == expected
