"""Geometric verification: candidates that show what the query shows, from wherever, rank higher.

Each query is compared with its first candidates by local features: keypoints are detected in both
images and matched, and the inliers of one motion that explains the matches are counted. They raise
the candidate's similarity. Sources: Philbin et al., Object retrieval with large vocabularies and
fast spatial matching (CVPR 2007); the local matching of the 2nd place solution of Google Landmark
Retrieval 2021.
"""

import polars as pl
from gld_shared.search.blocks import Floats, Rows

from gld_rerank.candidates import rerank_top
from gld_rerank.neighbours import Source
from gld_rerank.reasons import Reasons
from gld_rerank.reranking import Reranking
from gld_rerank.spatial.detection import detect_wanted
from gld_rerank.spatial.inliers import HOMOGRAPHY, THRESHOLDS
from gld_rerank.spatial.scoring import Inliers, bonus, verified_scores
from gld_rerank.spatial.verification import verify_wanted
from gld_rerank.spatial.wanted import Candidates, ImageOptions, wanted_candidates

TOP, WEIGHT, CAP = 20, 0.15, 90


def spatial_rerank(
    neighbours: Source,
    images: ImageOptions,
    top: int = TOP,
    weight: float = WEIGHT,
    cap: int = CAP,
    model: str = HOMOGRAPHY,
    threshold: float | None = None,
    workers: int = 1,
) -> Reranking:
    """Verify the first ``top`` candidates of each query, and rank these again.

    score = similarity + weight * min(inliers, cap) / cap. ``model`` and ``threshold`` are those of
    ``count_inliers``. Keypoints and inliers that an earlier call kept are not computed again.
    Memory: the table, the lists, a number for each pair, and two images for each worker. Raises
    DataError as ``wanted_candidates``, ``detect_wanted`` and ``verify_wanted`` do.
    """
    candidates = wanted_candidates(neighbours, images, top)
    for wanted in (candidates.queries, candidates.index):
        detect_wanted(wanted, workers)
    pairs = candidates.pairs(model, threshold or THRESHOLDS[model])
    verify_wanted(pairs, workers)
    return rank_verified(candidates, candidates.inliers(pairs), weight, cap)


def rank_verified(candidates: Candidates, inliers: Inliers, weight: float, cap: int) -> Reranking:
    """Return the rerank by the inliers (q, m) of each query's first m candidates."""
    found, top = candidates.found, inliers.shape[1]

    def rank(part: slice) -> tuple[Floats, Rows]:
        rows, scores = found.rows[part], found.scores[part]
        verified = verified_scores(scores[:, :top], inliers[part], weight, cap)
        return rerank_top(rows, scores, verified)

    def reasons(query: int, rows: Rows) -> Reasons:
        counted = dict(zip(found.rows[query, :top].tolist(), inliers[query], strict=True))
        of_rows = [counted.get(int(row)) for row in rows]
        added = [None if one is None else float(bonus(one, weight, cap)) for one in of_rows]
        return Reasons(
            columns=pl.DataFrame(
                {"inliers": of_rows, "bonus": added},
                schema={"inliers": pl.Int64, "bonus": pl.Float64},
            )
        )

    return Reranking(found, rank, candidates.lists, reasons=reasons)
