"""A rerank whose neighbours are written as Zarr, in units that an interrupted run resumes."""

import logging
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from gld_shared.neighbours import NONE, NeighbourOutput, NeighbourWriter
from gld_shared.output_targets import followed
from gld_shared.progress import Advance, silent
from gld_shared.search.blocks import Floats, Rows
from gld_shared.work.share import do_share
from gld_shared.work.units import Unit

from gld_rerank.reranking import NewNeighbours

log = logging.getLogger(__name__)
Find = Callable[[range], tuple[Rows, Floats]]


def rerank_to_zarr(
    found: NewNeighbours,
    output: str | Path,
    header: Mapping[str, Any],
    k: int,
    advance: Advance = silent,
) -> None:
    """Write the neighbours of a rerank as Zarr, whole or not at all.

    Row i belongs to row i of the query store; an image that is no query of the rerank has no
    neighbours. ``header`` is that of the table, with all settings of the method; ``k`` is the
    largest number of neighbours of a query. An interrupted rerank is resumed, and a finished one is
    left as it is. ``advance`` is called with the number of images of the query store that are done.

    Memory: the results of a unit; of all queries, 12 bytes for each neighbour, if they are not in
    the order of the query store. Raises DataError for other inputs or settings than those of the
    output that is there.
    """
    n, images = found.searched
    width = min(k, images)
    made = NeighbourOutput(followed(Path(output)), {**header, "k": k}, (n, width))
    if made.is_finished():
        log.info("%s is finished already", output)
        return
    find, is_in_order = _by_store_row(found, width, advance)

    def make(arrays: NeighbourWriter, unit: Unit) -> None:
        arrays.write_chunk(unit.number, *find(unit.rows))

    do_share(made.joined(), make, advance if is_in_order else silent)


def _by_store_row(found: NewNeighbours, width: int, advance: Advance) -> tuple[Find, bool]:
    """Return a function that finds the neighbours of a range of the query store's rows.

    It returns index rows and scores, (q, width) each, with -1 and 0 where there are fewer. The
    second value is whether the queries are in the order of the store; otherwise the first call
    ranks all of them.
    """
    places = found.query_rows

    def rank(store_rows: range, queries: slice) -> tuple[Rows, Floats]:
        shape = len(store_rows), width
        rows, scores = np.full(shape, NONE, np.int64), np.zeros(shape, np.float32)
        for part, new_scores, new_rows in found.ranked(queries):
            if (new_rows[:, width:] != NONE).any():
                raise ValueError(f"a query has more than {width} neighbours")
            own, k = places[part] - store_rows.start, min(width, new_rows.shape[1])
            rows[own, :k] = new_rows[:, :k]
            scores[own, :k] = np.where(new_rows < 0, 0, new_scores)[:, :k]
            advance(len(own))
        advance(len(store_rows) - (queries.stop - queries.start))
        return rows, scores

    def some(store_rows: range) -> tuple[Rows, Floats]:
        first, last = np.searchsorted(places, [store_rows.start, store_rows.stop]).tolist()
        return rank(store_rows, slice(first, last))

    @cache
    def everything() -> tuple[Rows, Floats]:
        return rank(range(found.searched[0]), slice(0, found.n_queries))

    def part_of_everything(store_rows: range) -> tuple[Rows, Floats]:
        rows, scores = everything()
        chosen = slice(store_rows.start, store_rows.stop)
        return rows[chosen], scores[chosen]

    is_in_order = bool((np.diff(places) > 0).all())
    return (some if is_in_order else part_of_everything), is_in_order
