"""Making neighbours as arrays, in units of queries."""

import logging

from gld_shared.neighbours import NeighbourWriter
from gld_shared.progress import Advance, silent
from gld_shared.work.share import do_share
from gld_shared.work.units import Unit

from gld_search.job import SearchJob
from gld_search.search import Search

log = logging.getLogger(__name__)


def make_neighbours(
    job: SearchJob, search: Search, device: str = "cpu", advance: Advance = silent
) -> None:
    """Make the neighbours of a job, alone or with other processes that do the same job.

    Returns when they are finished; finished ones are left as they are. An interrupted job is
    resumed, and its result has the same bytes as that of a single process without interruption.
    ``advance`` is called with the number of pairs of a query and an image that are done.
    """
    done = 0

    def make(output: NeighbourWriter, unit: Unit) -> None:
        nonlocal done
        log.debug("unit %d of %d", unit.number + 1, output.chunks)
        rows, scores = search.find(unit.rows, device, advance)
        with search.times.spent_on("writing"):
            output.write_chunk(unit.number, rows, scores)
        done += len(unit.rows)

    do_share(job.joined(), make, in_pairs(advance, search.images))
    log.info(search.spent(done))


def in_pairs(advance: Advance, images: int) -> Advance:
    """Return a callback that takes numbers of queries, each compared with so many images."""

    def of_queries(count: int, text: str | None = None, /) -> None:
        advance(count * images, text)

    return of_queries
