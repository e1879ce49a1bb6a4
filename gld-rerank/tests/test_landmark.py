from pathlib import Path

import numpy as np
import pytest
from gld_rerank.landmark.references import References, nearest_references
from gld_rerank.landmark.votes import cast_votes, vote_bonus
from gld_shared.search.index import ArrayIndex, blocks_of
from gld_shared.search.topk import topk

VALUES = Path(__file__).parent / "fixtures" / "recipe" / "landmark.npz"


@pytest.mark.parametrize("model", ["A", "B"])
@pytest.mark.parametrize(
    ("alpha", "beta", "name"), [(1, 0.1, "reranked"), (0.25, 0.5, "reranked_a0.25_b0.5")]
)
@pytest.mark.parametrize("block_rows", [50, 1000])
def test_landmark_rerank_equals_the_recipe(model, alpha, beta, name, block_rows):
    values = np.load(VALUES)
    probe, index, ref = (values[f"{model}_{part}"] for part in ("probe", "index", "ref"))
    labels = values["ref_gid"]
    references = References(ArrayIndex(ref), labels, values["country_of"][labels])
    nearest = nearest_references(blocks_of(ArrayIndex(index), block_rows), references)
    votes = cast_votes(probe, nearest, references, alpha, beta)
    expected = values[f"f32_{model}_{name}"]
    for k in (257, 20):
        scores, rows = topk(
            probe, ArrayIndex(index), k, bonus=vote_bonus(votes), block_rows=block_rows
        )
        np.testing.assert_allclose(scores, -np.sort(-expected)[:, :k], atol=1e-5)
        np.testing.assert_allclose(scores, np.take_along_axis(expected, rows, 1), atol=1e-5)
