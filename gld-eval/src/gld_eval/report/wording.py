"""The names that a report gives to its queries and their results."""

from typing import NamedTuple


class Wording(NamedTuple):
    """A query, queries, and results, as the page calls them."""

    query: str
    queries: str
    results: str


SCORED = Wording("query", "queries", "results")
PHOTOGRAPHS = Wording("photograph", "photographs", "neighbours")
