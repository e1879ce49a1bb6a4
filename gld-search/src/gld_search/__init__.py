"""Exact nearest neighbours of query stores in index stores."""

from typing import TYPE_CHECKING

from gld_shared.lazy_exports import offer

if TYPE_CHECKING:
    from gld_search.search import Search as Search
    from gld_search.search import search as search
    from gld_search.searcher import Searcher as Searcher
    from gld_search.to_zarr import search_to_zarr as search_to_zarr

offer(
    __name__,
    {
        "Search": "gld_search.search",
        "Searcher": "gld_search.searcher",
        "search": "gld_search.search",
        "search_to_zarr": "gld_search.to_zarr",
    },
)
