import numpy as np
import pytest
from gld_rerank.superglobal.refinement import refined_similarities
from gld_shared.store import open_store
from gld_shared.tables import read_neighbours
from gld_shared.testing import run, small_neighbours, small_store
from hypothesis import given
from hypothesis import strategies as st


def steps(similarity):
    """Count a similarity in steps of 2^-24, within which similarities are equal."""
    return round(float(similarity) * 2**24)


def slow_scores(query, candidates, neighbours, beta):
    """Follow the paper step by step, with refined vectors in full."""
    refined = []
    for own, vector in enumerate(candidates):
        similarity = [float(vector @ other) for other in candidates]
        others = [row for row in range(len(candidates)) if row != own]
        near = sorted(others, key=lambda row: (-steps(similarity[row]), row))[:neighbours]
        weights = np.array([1, *(beta * similarity[row] for row in near)], np.float64)
        total = (weights[:, None] * candidates[[own, *near]]).sum(axis=0)
        refined.append(total / weights.sum() if weights.sum() > 1e-6 else vector)
    first = [vector @ query for vector in refined]
    best = sorted(range(len(first)), key=lambda row: (-steps(first[row]), row))
    strongest = np.max([refined[row] for row in best[: neighbours + 1]], axis=0)
    return [(own + vector @ strongest) / 2 for own, vector in zip(first, refined, strict=True)]


# Few directions, so that there are duplicates, opposites and equal similarities.
directions = st.lists(st.tuples(*[st.integers(-1, 1)] * 3).filter(any), min_size=1, max_size=12)


@given(directions, st.integers(1, 12), st.sampled_from([0, 0.15, 1, 3]))
def test_scores_equal_the_slow_ones(vectors, neighbours, beta):
    # The query is the first candidate too.
    unit = np.array(vectors) / np.linalg.norm(vectors, axis=1, keepdims=True)
    expected = slow_scores(unit[0], unit, neighbours, beta)
    np.testing.assert_allclose(
        refined_similarities(unit[0], unit, neighbours, beta).mean, expected, atol=1e-9
    )


def test_a_query_without_candidates_has_no_scores():
    assert refined_similarities(np.ones(3), np.empty((0, 3))).mean.shape == (0,)


def test_one_candidate_keeps_its_vector():
    query, candidate = np.array([1.0, 0.0]), np.array([[0.6, 0.8]])
    # Half of the similarity to the query, and half of that to the only refined vector, itself.
    np.testing.assert_allclose(refined_similarities(query, candidate).mean, [(0.6 + 1) / 2])


def stores_and_neighbours(tmp_path, depth, extra=()):
    """Return a table of the first of 12 images, of which query a is one, and its stores."""
    index = small_store(tmp_path / "i.zarr", ["a", *(f"i{row:02}" for row in range(11))], seed=2)
    queries = small_store(tmp_path / "q.zarr", ["a", "b"], seed=1)
    command = ["gld-search", queries, "--index", index, "-k", depth, *extra]
    assert run([*command, "-o", tmp_path / "n.tsv"]).exit_code == 0
    return tmp_path / "n.tsv", open_store(queries), open_store(index)


def rows_of(tmp_path, *options):
    table = tmp_path / "out.tsv"
    result = run(["gld-rerank", "superglobal", *map(str, options), "-o", table])
    assert result.exit_code == 0, result.stderr
    return read_neighbours(table).rows


@pytest.mark.parametrize("extra", [[], ["--keep-self"]])
def test_the_command_ranks_the_first_candidates_and_leaves_the_others_behind(tmp_path, extra):
    table, queries, index = stores_and_neighbours(tmp_path, "11", extra)
    before = read_neighbours(table).rows.partition_by("query_id")
    after = rows_of(tmp_path, table, "--top", 7, "--refine", 2, "--beta", 0.3)
    for number, (own_before, own_after) in enumerate(
        zip(before, after.partition_by("query_id"), strict=True)
    ):
        places = np.sort(index.ids.rows_of(own_before["index_id"][:7]))
        scores = slow_scores(queries.read([number])[0], index.read(places), 2, 0.3)
        expected = sorted(
            zip(scores, index.ids.take(places), strict=True), key=lambda pair: -pair[0]
        )
        assert own_after["index_id"].to_list() == [
            *(name for _, name in expected),
            *own_before["index_id"][7:],
        ]
        np.testing.assert_allclose(own_after["score"][:7], [score for score, _ in expected], 1e-5)
        lowest = own_after["score"][6]
        assert own_after["score"][7:].to_list() == [
            min(score, lowest) for score in own_before["score"][7:]
        ]


def test_a_table_of_fewer_candidates_than_top_is_ranked_whole(tmp_path):
    table, *_ = stores_and_neighbours(tmp_path, "3")
    assert len(rows_of(tmp_path, table)) == 6


def test_an_index_of_one_image(tmp_path):
    queries = small_store(tmp_path / "q.zarr", ["a"], seed=1)
    index = small_store(tmp_path / "i.zarr", ["x"], seed=2)
    rows = rows_of(tmp_path, small_neighbours(tmp_path / "n.tsv", queries, index, ["x"]))
    assert rows["index_id"].to_list() == ["x"]


def test_two_equal_networks_rank_as_one_with_their_scores_added(tmp_path):
    table, queries, index = stores_and_neighbours(tmp_path, "11")
    one = rows_of(tmp_path, table)
    twice = [queries.path, queries.path, "--index", index.path, "--index", index.path, "-k", "11"]
    weights = ["--weight", "2", "--weight", "0.5"]
    assert run(["gld-search", *twice, *weights, "-o", table]).exit_code == 0
    two = rows_of(tmp_path, table)
    assert one["index_id"].to_list() == two["index_id"].to_list()
    np.testing.assert_allclose(two["score"], 2.5 * one["score"], rtol=1e-6)


def test_explain_says_what_refined_each_result(tmp_path):
    table, *_ = stores_and_neighbours(tmp_path, "4")
    result = run(["gld-rerank", "superglobal", table, "--top", "2", "--explain", "b"])
    assert result.exit_code == 0, result.stderr
    about, names, *lines = result.stdout.splitlines()
    assert about == "the first 2 results are ranked again"
    assert names.split()[-3:] == ["to_query", "to_refined_query", "refined_by"]
    first, second, third, _ = (line.split() for line in lines)
    assert (first[-1], second[-1]) == (second[1], first[1])
    assert third[-3:] == ["-", "-", "-"]
    assert float(first[2]) == pytest.approx((float(first[-3]) + float(first[-2])) / 2, abs=1e-4)


def test_weights_below_0_are_refused(tmp_path):
    table, *_ = stores_and_neighbours(tmp_path, "4")
    table.write_text(table.read_text().replace('"history"', '"weights": [-1.0], "history"', 1))
    result = run(["gld-rerank", "superglobal", table])
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: {table}: has a weight of -1, expected 0 or more, so that an image is most similar "
        "to itself; search again with such --weight\n",
    )
