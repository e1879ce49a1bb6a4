"""Exact nearest neighbours of query stores in index stores."""

from typing import TYPE_CHECKING

from gld_shared.lazy_exports import offer

if TYPE_CHECKING:
    from gld_search.search import search as search
    from gld_search.searcher import Searcher as Searcher

offer(__name__, {"search": "gld_search.search", "Searcher": "gld_search.searcher"})
