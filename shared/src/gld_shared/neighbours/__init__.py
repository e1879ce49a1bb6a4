"""Neighbours in either of their forms, and graphs.

A table of neighbours (``gld_shared.tables``) is text. Arrays are a Zarr group of the same format,
for what is too large as text:

    X.zarr/   attributes: those of the table's header, k, digests, has_digests; of a search
              keep_self, of a rerank its method and settings (``rerank``)
      rows    (n, k) int64, rows of the index, best first, -1 where there are fewer neighbours
      scores  (n, k) float32, 0 there

Row i belongs to row i of the (first) query store. Ids are not copied: they are those of the stores
that ``queries`` and ``index`` name, whose digests ``history`` records; readers
check them. Parts of an index are one after the other. Chunks, checksums and ``X.zarr.partial`` are
as those of embedding stores: see ``gld_shared.store``.
"""

from typing import TYPE_CHECKING

from gld_shared.lazy_exports import offer

if TYPE_CHECKING:
    from gld_shared.neighbours.contract import NONE as NONE
    from gld_shared.neighbours.graph import Nearest as Nearest
    from gld_shared.neighbours.graph import open_graph as open_graph
    from gld_shared.neighbours.graph import open_tags as open_tags
    from gld_shared.neighbours.in_units import NeighbourOutput as NeighbourOutput
    from gld_shared.neighbours.ranked import RankedNeighbours as RankedNeighbours
    from gld_shared.neighbours.ranked import read_ranked as read_ranked
    from gld_shared.neighbours.ranking import Ranking as Ranking
    from gld_shared.neighbours.ranking import open_ranking as open_ranking
    from gld_shared.neighbours.spec import NeighbourSpec as NeighbourSpec
    from gld_shared.neighbours.writer import NeighbourWriter as NeighbourWriter
    from gld_shared.neighbours.writer import write_neighbours as write_neighbours
    from gld_shared.neighbours.zarr_form import NeighbourArrays as NeighbourArrays
    from gld_shared.neighbours.zarr_form import open_arrays as open_arrays

offer(
    __name__,
    {
        "NONE": "gld_shared.neighbours.contract",
        "Nearest": "gld_shared.neighbours.graph",
        "NeighbourArrays": "gld_shared.neighbours.zarr_form",
        "NeighbourOutput": "gld_shared.neighbours.in_units",
        "NeighbourSpec": "gld_shared.neighbours.spec",
        "NeighbourWriter": "gld_shared.neighbours.writer",
        "RankedNeighbours": "gld_shared.neighbours.ranked",
        "Ranking": "gld_shared.neighbours.ranking",
        "open_arrays": "gld_shared.neighbours.zarr_form",
        "open_graph": "gld_shared.neighbours.graph",
        "open_ranking": "gld_shared.neighbours.ranking",
        "open_tags": "gld_shared.neighbours.graph",
        "read_ranked": "gld_shared.neighbours.ranked",
        "write_neighbours": "gld_shared.neighbours.writer",
    },
)
