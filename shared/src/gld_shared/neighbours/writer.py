"""Writing neighbours as arrays, chunk by chunk."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gld_shared.neighbours.spec import NeighbourSpec
from gld_shared.search.blocks import Floats, Rows
from gld_shared.store.create import refuse_taken
from gld_shared.store.group_writer import GroupWriter
from gld_shared.store.zarr_group import ZarrGroup


class NeighbourWriter(GroupWriter[ZarrGroup]):
    """Unfinished neighbours; see ``GroupWriter``."""

    def write_chunk(self, chunk: int, rows: Rows, scores: Floats) -> None:
        """Write the neighbours of a chunk's queries, (queries of the chunk, k) each."""
        self.write_chunks(chunk, [rows, scores])


def write_neighbours(
    path: str | Path, rows: Rows, scores: Floats, attributes: Mapping[str, Any]
) -> Path:
    """Write neighbours in memory, shape (n, k), as new ones with the attributes of the format.

    Raises DataError when the name is taken, by unfinished neighbours too, and ValueError for scores
    of another shape than rows.
    """
    refuse_taken(path)
    if rows.shape != scores.shape:
        raise ValueError(f"rows have shape {rows.shape}, scores {scores.shape}")
    writer = NeighbourWriter(path, NeighbourSpec(len(rows), rows.shape[1], attributes))
    for chunk in writer.missing_chunks():
        part = writer.rows_of(chunk)
        chosen = slice(part.start, part.stop)
        writer.write_chunk(chunk, rows[chosen], scores[chosen])
    return writer.finish()
