"""The properties of neighbours as arrays that are known before the first of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from gld_shared.errors import DataError
from gld_shared.neighbours.contract import NEIGHBOUR_ARRAYS, NONE
from gld_shared.neighbours.named_stores import recorded_stores
from gld_shared.neighbours.zarr_form import open_arrays
from gld_shared.provenance import InputEntry
from gld_shared.store.digests import DIGEST_ATTRIBUTES
from gld_shared.store.group_format import GroupFormat
from gld_shared.store.layout import chunk_rows
from gld_shared.store.metadata import read_group, read_layout
from gld_shared.store.zarr_group import ZarrGroup, read_zarr_group

# A chunk is a unit of work. Each unit reads the whole index, so it should not be too small; what
# is lost when a process is killed should not be too large.
_UNITS_WANTED = 16
_FEWEST_QUERIES, _MOST_QUERIES = 512, 4096
_BYTES_OF_ROW = 8
# Attributes that a resumed search need not share: names are spelled in many ways, and its stores
# are compared by their contents.
_FREE = {"format", "queries", "index", "history", *DIGEST_ATTRIBUTES}


def queries_per_chunk(n: int, k: int) -> int:
    """Return the number of queries per chunk, for ``n`` queries of ``k`` neighbours."""
    return chunk_rows(n, k * _BYTES_OF_ROW, _UNITS_WANTED, _FEWEST_QUERIES, _MOST_QUERIES)


@dataclass(frozen=True)
class NeighbourSpec:
    """The shape (n, k) of the arrays, and the attributes without ``format``.

    Row i belongs to row i of the query store. See ``GroupSpec`` for what is not described here.
    """

    n: int
    k: int
    attributes: Mapping[str, Any] = field(default_factory=dict)
    kind: ClassVar[GroupFormat] = NEIGHBOUR_ARRAYS
    chunked: ClassVar[tuple[str, ...]] = ("rows", "scores")

    def write_empty(self, folder: Path, checksums: bool = True) -> None:
        """Write the metadata, and no neighbours."""
        # Imported here: readers need no Zarr.
        import zarr
        from zarr.codecs import Crc32cCodec

        attributes = {"format": NEIGHBOUR_ARRAYS.name, **self.attributes}
        group = zarr.create_group(folder, zarr_format=3, attributes=attributes)
        for name, dtype, empty in (("rows", "int64", NONE), ("scores", "float32", 0)):
            group.create_array(
                name,
                shape=(self.n, self.k),
                dtype=dtype,
                chunks=(queries_per_chunk(self.n, self.k), self.k),
                compressors=Crc32cCodec() if checksums else None,
                fill_value=empty,
            )
            (folder / name / "c").mkdir()

    def open_group(self, folder: Path) -> ZarrGroup:
        """Open the group of neighbours, finished or not."""
        return read_zarr_group(folder, NEIGHBOUR_ARRAYS)

    def verify(self, folder: Path) -> None:
        """Read finished neighbours whole. Raises DataError when they are damaged."""
        open_arrays(folder).verify()

    def settings(self) -> dict[str, Any]:
        """Return the properties that an earlier run's neighbours must share."""
        return _settings(self.attributes, (self.n, self.k))

    def settings_of(self, folder: Path, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """Return the same properties of an earlier run's neighbours."""
        try:
            shape = read_layout(folder / "rows", NEIGHBOUR_ARRAYS).shape
        except DataError:
            # Damaged: unfinished neighbours get it again, finished ones are refused.
            shape = self.n, self.k
        return _settings(attributes, shape)


def neighbour_settings(folder: Path) -> dict[str, Any]:
    """Return the properties of neighbours that all runs which make them share.

    Raises DataError for a folder that holds no neighbours as arrays, and for damaged ones.
    """
    # Stores and k decide the shape.
    return _settings(read_group(folder, NEIGHBOUR_ARRAYS)["attributes"], ())


def _settings(attributes: Mapping[str, Any], shape: tuple[int, ...]) -> dict[str, Any]:
    queries, index = recorded_stores(attributes, "queries"), recorded_stores(attributes, "index")
    others = {name: value for name, value in attributes.items() if name not in _FREE}
    files = [entry for entry in _last_inputs(attributes) if entry not in [*queries, *index]]
    return {"queries": queries, "index": index, **others, "file": files, "shape": list(shape)}


def _last_inputs(attributes: Mapping[str, Any]) -> list[InputEntry]:
    """Return what the last step read, such as an index file beside the stores."""
    history = attributes.get("history") or []
    return history[-1]["inputs"] if history else []
