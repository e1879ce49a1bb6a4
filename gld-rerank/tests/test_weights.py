import json

import pytest
from gld_shared.testing import run, small_list, small_store

IDS = [f"i{position:02}" for position in range(40)]


@pytest.fixture
def searched(tmp_path):
    """Return a function that searches two networks with options; the second has another order."""
    queries = [small_store(tmp_path / f"q{n}.zarr", ["a", "b"], seed=n) for n in range(2)]
    indexes = [
        small_store(tmp_path / "i0.zarr", IDS, 2),
        small_store(tmp_path / "i1.zarr", IDS[::-1], 3),
    ]

    def search(*options):
        output = tmp_path / "n.tsv"
        index = [part for name in indexes for part in ("--index", name)]
        assert run(["gld-search", *queries, *index, *options, "-o", output]).exit_code == 0
        return output

    return search


def rows(result):
    assert result.exit_code == 0, result.stderr
    return result.stdout.splitlines()[1:]


@pytest.mark.parametrize("method", ["expand", "landmark"])
def test_weights_are_those_of_the_search(tmp_path, searched, method):
    reference = ["--reference", tmp_path / "i0.zarr", "--reference", tmp_path / "i1.zarr"]
    labels = ["--labels", small_list(tmp_path / "l.tsv", IDS), "--alpha", "0", "--beta", "0"]
    options = [] if method == "expand" else [*reference, *labels]
    plain = rows(run(["gld-rerank", method, searched(), *options]))
    assert rows(run(["gld-rerank", method, searched(*["--weight", "1"] * 2), *options])) == plain
    table = searched("--weight", "1", "--weight", "0.5")
    weighed = run(["gld-rerank", method, table, *options])
    assert json.loads(weighed.stdout.splitlines()[0][1:])["weights"] == [1.0, 0.5]
    assert rows(weighed) != plain
    if method == "landmark":  # without votes, the search itself
        assert rows(weighed) == table.read_text().splitlines()[1:]


@pytest.mark.parametrize(
    ("weights", "fault"),
    [
        ('"1"', "expected a list of numbers, got '1'"),
        ("[1, true]", "expected a list of numbers, got [1, True]"),
        (
            "[1.0]",
            "1 weight and 2 query stores; an ensemble needs one --weight for each query store, in "
            "the same order",
        ),
        ("[0, 0]", "all weights are 0, so all scores would be; expected one that is not"),
    ],
)
def test_weights_that_are_no_numbers_or_do_not_fit_are_refused(searched, weights, fault):
    table = searched("--weight", "1", "--weight", "0.5")
    table.write_text(table.read_text().replace("[1.0, 0.5]", weights, 1))
    result = run(["gld-rerank", "expand", table])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {table}:1: header: weights: {fault}; "
        "reranking needs a table that gld-search wrote\n"
    )
