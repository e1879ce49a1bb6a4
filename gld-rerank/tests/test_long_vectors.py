"""Vectors that are longer than 1, of stores that are not marked normalized."""

import numpy as np
import pytest
from gld_shared.store import open_store, write_store
from gld_shared.tables import read_neighbours
from gld_shared.testing import run

ATTRIBUTES = {"checkpoint": {"path": "random:none", "sha256": "0"}, "history": []}


@pytest.fixture
def searched(tmp_path):
    """Return a function that searches 40 vectors of a length for a query, in a store's form."""

    def search(length):
        vectors = np.random.default_rng(0).normal(size=(40, 4))
        vectors *= length / np.linalg.norm(vectors, axis=1, keepdims=True)
        images = vectors.astype(np.float32)
        write_store(tmp_path / "x.zarr", [f"x{n}" for n in range(40)], images, ATTRIBUTES)
        write_store(tmp_path / "q.zarr", ["q"], images[:1] + np.float32(0.1), ATTRIBUTES)
        sides = [tmp_path / "q.zarr", "--index", tmp_path / "x.zarr"]
        assert run(["gld-search", *sides, "-o", tmp_path / "n.tsv"]).exit_code == 0
        return tmp_path / "n.tsv"

    return search


def rows_of(command, tmp_path):
    result = run([*command, "-o", tmp_path / "out.tsv"])
    assert result.exit_code == 0, result.stderr
    return read_neighbours(tmp_path / "out.tsv").rows


@pytest.mark.parametrize("length", [0.2, 1, 3])
def test_what_diffusion_does_not_reach_follows_by_similarity(searched, tmp_path, length):
    table = searched(length)
    similarity = dict(read_neighbours(table).rows.select("index_id", "score").iter_rows())
    command = ["gld-rerank", "diffuse", table, "--graph-k", 3, "--truncate", 5]
    many = rows_of([*command, "-k", 40], tmp_path)
    assert rows_of([*command, "-k", 8], tmp_path).equals(many[:8])
    behind = [similarity[row["index_id"]] for row in many.iter_rows(named=True) if row["score"] < 0]
    assert len(behind) > 30
    assert behind == sorted(behind, reverse=True)


def test_a_power_that_takes_scores_out_of_range_is_refused(searched, tmp_path):
    table = searched(5)
    store = open_store(tmp_path / "x.zarr").read(slice(0, 40)).astype(np.float64)
    similarities = store @ store.T - 1e9 * np.eye(40)
    result = run(["gld-rerank", "diffuse", table, "--gamma", "60", "-o", tmp_path / "out.tsv"])
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: {tmp_path / 'x.zarr'}: a similarity of {similarities.max():g} is too large for "
        "the power 60; expected about 1 at most, as of vectors of length 1; lower --gamma\n"
    )
    assert not (tmp_path / "out.tsv").exists()


def test_a_query_whose_similarities_have_such_a_power_is_named(searched, tmp_path):
    table = searched(1)
    query = open_store(tmp_path / "x.zarr").read(slice(0, 1)) * 1000
    long = write_store(tmp_path / "long.zarr", ["q"], query, ATTRIBUTES)
    sides = [long, "--index", tmp_path / "x.zarr"]
    assert run(["gld-search", *sides, "-o", table]).exit_code == 0
    most = read_neighbours(table).rows["score"][0]
    command = ["gld-rerank", "diffuse", table, "--gamma", "12"]
    result = run([*command, "-o", tmp_path / "out.tsv"])
    assert result.exit_code == 1 and not (tmp_path / "out.tsv").exists()
    assert result.stderr == (
        f"Error: {table}: query 'q': a similarity of {most:g} is too large for the power 12; "
        "expected about 1 at most, as of vectors of length 1; lower --gamma\n"
    )


def test_shares_below_the_range_of_float32_do_not_tie(searched, tmp_path):
    found = rows_of(["gld-rerank", "diffuse", searched(1), "--gamma", "100"], tmp_path)
    assert (found["score"] != 0).all()


@pytest.mark.parametrize("length", [0.1, 1, 12])
def test_propagation_weighs_images_by_the_exponential_of_their_similarity(
    searched, tmp_path, length
):
    table, beta = searched(length), 0.2 * length**2
    options = ["--rounds", 1, "--top", 3, "--graph-k", 39, "-k", 40]
    found = rows_of(["gld-rerank", "propagate", table, "--beta", beta, *options], tmp_path)
    stores = [open_store(tmp_path / f"{name}.zarr") for name in "xq"]
    nodes = np.concatenate([store.read(slice(0, store.n)) for store in stores]).astype(np.float64)
    similarities = nodes @ nodes.T
    nearest = np.argsort(-(similarities + 1e9 * np.eye(41)), axis=1)[:, :3]
    weights = np.zeros((41, 41))
    np.put_along_axis(weights, nearest, 1, axis=1)
    weights *= np.exp((similarities - similarities.max()) / beta)
    mixed = (weights / np.sqrt(weights.sum(axis=0))) @ nodes
    mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
    expected = -np.sort(-(mixed[:40] @ mixed[40]))
    np.testing.assert_allclose(found["score"], expected, atol=2e-6)


def test_propagation_of_any_length_has_a_result(searched, tmp_path):
    found = rows_of(["gld-rerank", "propagate", searched(12)], tmp_path)
    assert np.isfinite(found["score"].to_numpy()).all() and len(found) == 40
