"""The landmark rerank and its variants, against what the recipe's code computed."""

from pathlib import Path

import numpy as np
import pytest
from gld_rerank.landmark.bonus import Votes, vote_bonus
from gld_rerank.landmark.first import (
    like_landmarks,
    merged_landmarks,
    rank_first,
    with_landmark,
)
from gld_rerank.landmark.given.index_tags import search_nearest
from gld_rerank.landmark.network import Network
from gld_rerank.landmark.references import References
from gld_rerank.landmark.shares import merge_tags
from gld_rerank.landmark.tagging.best import best_references
from gld_rerank.landmark.voting import Queries, Voting
from gld_shared.search.index import ArrayIndex
from gld_shared.search.topk import topk

VALUES = np.load(Path(__file__).parents[1] / "fixtures" / "recipe" / "landmark.npz")
MODELS = pytest.mark.parametrize("model", ["A", "B"])


def expected(model, name):
    return VALUES[f"f32_{model}_{name}"]


def network(model):
    """The references and the index of a model, the index tagged by its nearest references."""
    index, ref = (ArrayIndex(VALUES[f"{model}_{part}"]) for part in ("index", "ref"))
    labels = VALUES["ref_gid"].astype(np.int64)
    countries = VALUES["country_of"].astype(np.int64)[labels]
    references = References(ref, labels, countries, np.arange(ref.n))
    nearest = search_nearest(index, np.arange(index.n), references, "cpu")
    return Network(references, index, lambda: nearest)


def cast(model, votes="fused", hard=False):
    queries = VALUES[f"{model}_probe"]
    return Voting(votes, 3, hard).cast(Queries(queries, np.arange(len(queries))), network(model))


@MODELS
def test_tags_of_the_index_equal_the_recipe(model):
    found = network(model)
    assert found.landmarks.of_rows.tolist() == expected(model, "index_tags").tolist()
    assert found.countries.of_rows.tolist() == expected(model, "index_locs").tolist()


@MODELS
def test_the_fused_similarities_of_the_best_references_equal_the_recipe(model):
    rows, fused = best_references(VALUES[f"{model}_probe"], ArrayIndex(VALUES[f"{model}_ref"]), 30)
    of_all = expected(model, "ref_sim")
    np.testing.assert_allclose(fused, np.take_along_axis(of_all, rows, axis=1), atol=1e-5)
    np.testing.assert_allclose(fused, -np.sort(-of_all, axis=1)[:, :30], atol=1e-5)


@MODELS
def test_tags_of_queries_and_their_shares_equal_the_recipe(model):
    found = cast(model)
    for shares, name in ((found.landmarks, "probe_tag"), (found.countries, "probe_loc")):
        tags = expected(model, f"{name}s")
        width = tags.shape[1]
        assert shares.tags[:, :width].tolist() == tags.tolist()
        np.testing.assert_allclose(
            shares.shares[:, :width], expected(model, f"{name}_scores"), atol=1e-5
        )


@MODELS
@pytest.mark.parametrize(
    ("alpha", "beta", "name"), [(1, 0.1, "reranked"), (0.25, 0.5, "reranked_a0.25_b0.5")]
)
@pytest.mark.parametrize("block_rows", [50, 1000])
def test_landmark_rerank_equals_the_recipe(model, alpha, beta, name, block_rows):
    found, ballots = network(model), cast(model)
    bonus = vote_bonus(
        [
            Votes(found.landmarks, ballots.landmarks, alpha),
            Votes(found.countries, ballots.countries, beta),
        ]
    )
    values = expected(model, name)
    for k in (257, 20):
        scores, rows = topk(
            VALUES[f"{model}_probe"], found.index, k, bonus=bonus, block_rows=block_rows
        )
        np.testing.assert_allclose(scores, -np.sort(-values)[:, :k], atol=1e-5)
        np.testing.assert_allclose(scores, np.take_along_axis(values, rows, 1), atol=1e-5)


@MODELS
@pytest.mark.parametrize(
    ("votes", "name"),
    [
        ("raw", "hard"),
        ("prototypes", "avg"),
        ("index", "idx_single"),
        ("index-prototypes", "idx_avg"),
    ],
)
def test_variants_of_the_vote_equal_the_recipe(model, votes, name):
    found = cast(model, votes, hard=True).landmarks
    assert found.tags[:, 0].tolist() == expected(model, f"{name}_tags").tolist()
    if name != "avg":  # the recipe returns no scores there
        score = expected(model, "hard_tag_scores" if name == "hard" else f"{name}_scores")
        np.testing.assert_allclose(found.scores[:, 0], score, atol=1e-5)


@MODELS
@pytest.mark.parametrize(
    ("order", "name"), [("landmark", "hard_before_merge"), ("expansion", "expansion")]
)
def test_orders_that_put_landmarks_first_equal_the_recipe(model, order, name):
    found, ballots = network(model), cast(model, "raw")
    weights = np.ones(1)
    if order == "landmark":
        members = with_landmark(merged_landmarks([found], weights), [ballots], weights)
    else:
        members = like_landmarks([found], [ballots], weights, 0.6)
    queries = VALUES[f"{model}_probe"]
    values = expected(model, name)
    for k in (257, 20):
        scores, rows = rank_first(queries, found.index, members, k, np.full(11, -1), "cpu")
        np.testing.assert_allclose(scores, -np.sort(-values)[:, :k], atol=1e-5)
        np.testing.assert_allclose(scores, np.take_along_axis(values, rows, 1), atol=1e-5)


@pytest.mark.parametrize("end", ["", "_w"])
def test_tags_of_several_networks_merge_as_in_the_recipe(end):
    weights = VALUES["merge_tags_w"] if end else np.ones(3)
    found = merge_tags(
        VALUES["merge_tags_in"].astype(np.int64), VALUES["merge_tags_scores"], weights
    )
    assert found.tolist() == VALUES[f"merge_tags_out{end}"].tolist()
