"""Reranking methods, one file each."""

from typing import TYPE_CHECKING

from gld_shared.lazy_exports import offer

if TYPE_CHECKING:
    from gld_rerank.landmark.rerank import landmark_rerank as landmark_rerank
    from gld_rerank.query_expansion import expand_queries as expand_queries
    from gld_rerank.reranking import Reranking as Reranking

offer(
    __name__,
    {
        "expand_queries": "gld_rerank.query_expansion",
        "landmark_rerank": "gld_rerank.landmark.rerank",
        "Reranking": "gld_rerank.reranking",
    },
)
