from pathlib import Path

import numpy as np
import polars as pl
import pytest
from gld_rerank import expand_queries
from gld_rerank.expansion.weighted_sum import expand, weights_of
from gld_shared.search.topk import topk_arrays
from gld_shared.store import open_store, write_store
from gld_shared.tables import NEIGHBOURS, Table
from gld_shared.testing import run, small_store
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

METHODS = Path(__file__).parents[1] / "fixtures" / "methods"


@pytest.mark.parametrize("alpha", [3, 0])
@pytest.mark.parametrize("similarity", [-0.5, 0])  # an absent neighbour has similarity 0
def test_negative_similarities_and_absent_neighbours_add_nothing(similarity, alpha):
    query = np.array([[1, 0]], np.float32)
    neighbours = np.array([[[0, 1]]], np.float32)
    weights = weights_of(np.array([[similarity]], np.float32), alpha)
    assert expand(query, neighbours, weights).tolist() == [[1, 0]]


@pytest.mark.parametrize(
    ("name", "k", "alpha"),
    [
        ("dir_aqe_k1_a0", 1, 0),
        ("dir_aqe_k3_a0", 3, 0),
        ("dir_aqe_k5_a3", 5, 3),
        ("dir_aqe_k10_a1", 10, 1),
        ("dir_aqe_k10_a3", 10, 3),
        ("dir_aqe_k5_a0.5", 5, 0.5),
        ("egt_qe_k1", 1, 0),
        ("egt_qe_k2", 2, 0),
        ("egt_qe_k5", 5, 0),
    ],
)
def test_expanded_queries_equal_those_of_other_programs(name, k, alpha):
    vectors = np.load(METHODS / "m_vectors.npz")
    similarities, rows = topk_arrays(vectors["q"], vectors["x"], k)
    found = expand(vectors["q"], vectors["x"][rows], weights_of(similarities, alpha))
    np.testing.assert_allclose(found, np.load(METHODS / "qe_dba.npz")[name], atol=1e-6)


def slow_expansion(query, index, own, neighbours, top, alpha, rounds, k):
    """Expand one query step by step; return its best rows and scores."""
    compared, rows = query, neighbours[:top]
    for _ in range(rounds):
        total = query.copy()
        for row in rows:
            similarity = compared @ index[row]
            # At 0, rounding decides whether a power of 0 counts as 1.
            assume(alpha or abs(similarity - 1e-7) > 1e-6)
            total += similarity**alpha * index[row] if similarity > 1e-7 else 0
        compared = total / np.linalg.norm(total)
        scores = index @ compared
        by_score = np.argsort(-scores.astype(np.float32), kind="stable")
        order = [row for row in by_score if row != own]
        rows = order[:top]
    return order[:k], scores


directions = st.tuples(*[st.integers(-1, 1)] * 3).filter(any)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(
    st.lists(directions, min_size=1, max_size=8),
    st.integers(1, 4),
    st.sampled_from([0, 1, 3]),
    st.integers(1, 3),
    st.data(),
)
def test_expansion_equals_the_slow_one(tmp_path, vectors, top, alpha, rounds, data):
    # Copies and ties are frequent; small numbers tell vectors apart that would tie by rounding.
    unit = np.array(vectors) + np.arange(len(vectors))[:, None] % 3 * 0.01
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    folder = tmp_path / str(abs(hash((unit.tobytes(), top, alpha, rounds))))
    folder.mkdir(exist_ok=True)
    header = {}
    for side, ids in (("queries", ["i0"]), ("index", [f"i{row}" for row in range(len(unit))])):
        path = folder / f"{side}.zarr"
        if not path.exists():
            write_store(path, ids, unit[: len(ids)], {"history": []}, dtype="float32")
        header[side] = [str(path)]
    others = st.lists(st.integers(1, len(unit) - 1), min_size=1, unique=True, max_size=6)
    neighbours = data.draw(others if len(unit) > 1 else st.just([0]))
    rows = pl.DataFrame(
        {
            "query_id": ["i0"] * len(neighbours),
            "index_id": [f"i{row}" for row in neighbours],
            "rank": range(1, len(neighbours) + 1),
            # Any scores: the weights are similarities of the vectors.
            "score": [-float(rank) for rank in range(len(neighbours))],
        },
        schema=dict(NEIGHBOURS.columns),
    )
    table = Table(rows, header)
    found = pl.concat(expand_queries(table, top, alpha, 5, rounds=rounds).blocks())
    own = None if neighbours == [0] else 0
    exact = open_store(header["index"][0]).read(slice(0, len(unit))).astype(np.float64)
    order, scores = slow_expansion(exact[0], exact, own, neighbours, top, alpha, rounds, 5)
    np.testing.assert_allclose(found["score"], scores[order], atol=1e-5)
    found_rows = [int(name[1:]) for name in found["index_id"]]
    np.testing.assert_allclose(scores[found_rows], scores[order], atol=1e-5)
    assert own not in found_rows


def lines_of(*command):
    result = run(["gld-rerank", "expand", *map(str, command)])
    assert result.exit_code == 0, result.stderr
    return result.stdout.splitlines()


@pytest.fixture
def searched(tmp_path):
    """Return a function that writes neighbours of images in an index that holds the first one."""
    small_store(tmp_path / "i.zarr", [f"i{row:02}" for row in range(12)], seed=2)
    small_store(tmp_path / "q.zarr", ["i00", "b"], seed=1)

    def search(*options):
        stores = [tmp_path / "q.zarr", "--index", tmp_path / "i.zarr"]
        result = run(["gld-search", *stores, *options, "-o", tmp_path / "n.tsv"])
        assert result.exit_code == 0, result.stderr
        return tmp_path / "n.tsv"

    return search


def test_the_querys_own_image_stays_out_unless_the_table_holds_it(searched):
    def own(table):
        return [line for line in lines_of(table, "-k", "12")[2:] if line.startswith("i00\ti00\t")]

    assert not own(searched())
    assert own(searched("--keep-self"))


def test_scores_of_another_method_change_no_weight(searched, tmp_path):
    table = searched("-k", "5")
    plain = lines_of(table)[1:]
    fused = tmp_path / "fused.tsv"
    assert run(["gld-rerank", "fuse", table, table, "-k", "5", "-o", fused]).exit_code == 0
    assert fused.read_text() != table.read_text()
    assert lines_of(fused)[1:] == plain


def test_a_round_more_expands_the_query_with_what_the_expanded_one_finds(searched, tmp_path):
    again = tmp_path / "again.tsv"
    again.write_text("\n".join([*lines_of(searched(), "--top", 3, "--alpha", 0), ""]))
    twice = lines_of(searched(), "--top", 3, "--alpha", 0, "--rounds", 2)
    # With alpha 0 the weights are all 1, so one round of the result of a round is the same.
    assert twice[1:] == lines_of(again, "--top", 3, "--alpha", 0)[1:]


def test_explain_names_what_was_added_and_what_pulled_each_result(searched):
    added, *_, names, first = lines_of(searched(), "--top", 2, "-k", 1, "--explain", "b")
    nearest = lines_of(searched("-k", "1"))
    assert added.startswith("added i") and " with weight 0." in added
    assert names.split()[-2:] == ["to_query", "pulled_by"]
    assert first.split()[-2] in added + first and nearest


def test_a_similarity_whose_power_is_too_large_is_refused(tmp_path, searched):
    table = searched()
    vectors = 2 * open_store(tmp_path / "i.zarr").read(slice(0, 12))
    for name, ids in (("q", ["i00", "b"]), ("i", [f"i{row:02}" for row in range(12)])):
        write_store(tmp_path / f"{name}2.zarr", ids, vectors[: len(ids)], dtype="float32")
    stores = [tmp_path / "q2.zarr", "--index", tmp_path / "i2.zarr", "--keep-self"]
    assert run(["gld-search", *stores, "-o", table]).exit_code == 0
    result = run(["gld-rerank", "expand", table, "--alpha", "1000", "-o", tmp_path / "out.tsv"])
    assert result.exit_code == 1 and not (tmp_path / "out.tsv").exists()
    assert result.stderr == (
        f"Error: {table}: query 'i00': a similarity of 4 is too large for the power 1000; expected "
        "about 1 at most, as of vectors of length 1; lower --alpha\n"
    )
