"""Neighbours and truth as tables in memory, from what a test writes down."""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from gld_shared.tables import Table
from gld_shared.tables.kinds import NEIGHBOURS, TRUTH


def ranking_of(
    ranked: Mapping[str, Sequence[str]], scores: Mapping[str, Sequence[float]] | None = None
) -> Table:
    """Make neighbours from each query's results, best first; scores fall unless they are given."""
    rows = [
        (query, index, rank, scores[query][rank - 1] if scores else -float(rank))
        for query, ids in ranked.items()
        for rank, index in enumerate(ids, start=1)
    ]
    return Table(pl.DataFrame(rows, dict(NEIGHBOURS.columns), orient="row"), path="n.tsv")


def truth_of(rows: Iterable[tuple[str, ...]]) -> Table:
    """Make truth from rows of query_id, index_id, usage and, if any has one, grade."""
    listed = list(rows)
    names = list(TRUTH.columns)[: len(listed[0])]
    columns = {name: TRUTH.columns[name] for name in names}
    return Table(pl.DataFrame(listed, columns, orient="row"), path="t.tsv")
