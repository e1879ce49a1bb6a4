"""Opening the tables of a fusion."""

import logging
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
from gld_shared.counting import counted
from gld_shared.errors import DataError
from gld_shared.files import display_name
from gld_shared.neighbours import open_ranking
from gld_shared.neighbours.named_stores import open_first_store
from gld_shared.search.blocks import Rows
from gld_shared.store.parts import AnyStore

from gld_rerank.fusion.fusion import Fusion
from gld_rerank.fusion.spool import Spooled, spool

log = logging.getLogger(__name__)
SUM, MINIMUM_RANK = "sum", "min-rank"


def fuse(
    tables: Sequence[str | Path],
    method: str = SUM,
    normalisation: str = "min-max",
    weights: Sequence[float] = (),
    k: int = 100,
) -> Fusion:
    """Open tables of neighbours, two or more, to fuse each query's rankings into one.

    ``method`` is one of ``METHODS``; ``normalisation``, one of ``NORMALISATIONS``, is that of the
    scores, which only ``sum`` uses; ``weights`` are the tables', by default 1. ``-`` is standard
    input. Queries may be in any order: a table that lacks one has no neighbours for it, and a
    warning counts these.

    The images are numbered by the index store that the first table names, and the result has that
    table's header. Memory: a block of a table, the query ids, and about a million neighbours; on
    disk, in temporary files, 12 bytes for each neighbour. Raises DataError when that store, or the
    query store, lacks an image of any table, for a score that is not finite, and for wrong weights.
    """
    if len(tables) < 2:
        raise DataError(
            f"{display_name(tables[0])}: 1 table, expected 2 or more to fuse; - is standard input"
        )
    _check_weights(weights, len(tables), method)
    with open_ranking(tables[0]) as stream:
        queries, index = open_first_store(stream, "queries"), open_first_store(stream, "index")
        spooled = [spool(stream, index, stream.path)]
    for table in tables[1:]:
        with open_ranking(table) as stream:
            spooled.append(spool(stream, index, spooled[0].path))
    query_ids = list(dict.fromkeys(chain.from_iterable(table.query_ids for table in spooled)))
    _check_queries(queries, spooled)
    places = np.stack([_places(query_ids, table) for table in spooled], axis=1)
    return Fusion(
        spooled,
        queries,
        index,
        query_ids,
        places,
        method,
        normalisation if method == SUM else "none",
        np.array(weights or [1.0] * len(tables)),
        k,
    )


def _check_weights(weights: Sequence[float], tables: int, method: str) -> None:
    if weights and method == MINIMUM_RANK:
        raise DataError("the minimum rank has no --weight; every other method takes one")
    if weights and len(weights) != tables:
        raise DataError(
            f"{counted(len(weights), 'weight')} and {counted(tables, 'table')}; expected one "
            "--weight for each table, in "
            "the same order"
        )
    if weights and not any(weights):
        raise DataError("all weights are 0, so all scores would be; expected one that is not")


def _check_queries(queries: AnyStore, tables: Sequence[Spooled]) -> None:
    """Raise DataError for a query that is not in the query store of the first table."""
    for table in tables:
        rows = queries.ids.rows_of(table.query_ids)
        if (rows < 0).any():
            raise DataError(
                f"{display_name(table.path)}: "
                f"query {table.query_ids[int(np.argmin(rows))]!r} is not in "
                f"{queries.path}, the queries of {display_name(tables[0].path)}; tables that are "
                "fused are of the same queries"
            )


def _places(query_ids: Sequence[str], table: Spooled) -> Rows:
    place_of = {query_id: place for place, query_id in enumerate(table.query_ids)}
    places = np.array([place_of.get(query_id, -1) for query_id in query_ids], np.int64)
    if (places < 0).any():
        log.warning(
            "%s: has no neighbours for %s of %s queries, such as %r; the other tables rank them",
            display_name(table.path),
            f"{np.count_nonzero(places < 0):,}",
            f"{len(query_ids):,}",
            query_ids[int(np.argmin(places))],
        )
    return places
