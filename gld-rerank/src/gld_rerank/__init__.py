"""Reranking methods, one folder each."""

from typing import TYPE_CHECKING

from gld_shared.lazy_exports import offer

if TYPE_CHECKING:
    from gld_rerank.diffusion.rerank import diffusion_rerank as diffusion_rerank
    from gld_rerank.expansion.augment import augment as augment
    from gld_rerank.expansion.queries import expand_queries as expand_queries
    from gld_rerank.explore.rerank import explore_rerank as explore_rerank
    from gld_rerank.fusion.fuse import fuse as fuse
    from gld_rerank.landmark.rerank import landmark_rerank as landmark_rerank
    from gld_rerank.propagation.rerank import propagate_features as propagate_features
    from gld_rerank.reciprocal.rerank import reciprocal_rerank as reciprocal_rerank
    from gld_rerank.reciprocal.rerank import reciprocal_rerank_index as reciprocal_rerank_index
    from gld_rerank.recognition.predict import predict_landmarks as predict_landmarks
    from gld_rerank.reranking import Reranking as Reranking
    from gld_rerank.spatial.rerank import spatial_rerank as spatial_rerank
    from gld_rerank.superglobal.rerank import superglobal_rerank as superglobal_rerank

offer(
    __name__,
    {
        "augment": "gld_rerank.expansion.augment",
        "fuse": "gld_rerank.fusion.fuse",
        "diffusion_rerank": "gld_rerank.diffusion.rerank",
        "explore_rerank": "gld_rerank.explore.rerank",
        "expand_queries": "gld_rerank.expansion.queries",
        "landmark_rerank": "gld_rerank.landmark.rerank",
        "propagate_features": "gld_rerank.propagation.rerank",
        "reciprocal_rerank": "gld_rerank.reciprocal.rerank",
        "reciprocal_rerank_index": "gld_rerank.reciprocal.rerank",
        "predict_landmarks": "gld_rerank.recognition.predict",
        "Reranking": "gld_rerank.reranking",
        "spatial_rerank": "gld_rerank.spatial.rerank",
        "superglobal_rerank": "gld_rerank.superglobal.rerank",
    },
)
