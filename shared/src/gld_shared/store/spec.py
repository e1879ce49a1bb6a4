"""The properties of a store that are known before its first vector."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import polars as pl

from gld_shared.errors import DataError
from gld_shared.store.comparable import image_settings_of
from gld_shared.store.contract import EMBEDDINGS
from gld_shared.store.group_format import GroupFormat
from gld_shared.store.layout import chunk_file, rows_per_chunk
from gld_shared.store.metadata import read_group, read_layout
from gld_shared.store.reader import open_store
from gld_shared.store.zarr_group import StoreGroup, check_through_zarr, open_group

_IDS_AT_A_TIME = 1 << 16
# A resumed store must agree on these; the arguments in its history may differ harmlessly.
_SETTINGS = ("checkpoint", "list", "image", "model", "normalized", "augmentation")


@dataclass(frozen=True)
class StoreSpec:
    """The ids of a store, unique and in row order, and the length and type of its vectors.

    ``dtype`` is ``float16`` or ``float32``. ``attributes`` are those of the file format,
    without ``format`` itself. See ``GroupSpec`` for what is not described here.
    """

    ids: Sequence[str] | pl.Series
    dimension: int
    dtype: str = "float16"
    attributes: Mapping[str, Any] = field(default_factory=dict)
    kind: ClassVar[GroupFormat] = EMBEDDINGS
    chunked: ClassVar[tuple[str, ...]] = ("vectors",)

    @property
    def shape(self) -> tuple[int, int]:
        """The shape of the array of vectors: (n, d)."""
        return len(self.ids), self.dimension

    def write_empty(self, folder: Path, checksums: bool = True) -> None:
        """Write metadata and ids, and no vectors. Stores of older releases lack checksums."""
        # Imported here: readers need no Zarr.
        import zarr
        from zarr.codecs import Crc32cCodec

        ids = pl.Series(self.ids, dtype=pl.String)
        attributes = {"format": EMBEDDINGS.name, **self.attributes}
        codecs = Crc32cCodec() if checksums else None
        group = zarr.create_group(folder, zarr_format=3, attributes=attributes)
        names = group.create_array(
            "ids",
            shape=(len(ids),),
            dtype=np.dtypes.StringDType(),
            chunks=(min(max(len(ids), 1), _IDS_AT_A_TIME),),
            compressors=codecs,
        )
        for start in range(0, len(ids), _IDS_AT_A_TIME):
            part = ids[start : start + _IDS_AT_A_TIME].to_list()
            names[start : start + len(part)] = np.asarray(part, dtype=np.dtypes.StringDType())
        group.create_array(
            "vectors",
            shape=self.shape,
            dtype=self.dtype,
            chunks=(rows_per_chunk(*self.shape, self.dtype), self.dimension),
            compressors=codecs,
            fill_value=0,
        )
        chunk_file(folder, 0).parent.parent.mkdir()

    def open_group(self, folder: Path) -> StoreGroup:
        """Open the group of a store of these properties, finished or not."""
        group = open_group(folder)
        check_through_zarr(group)
        return group

    def verify(self, folder: Path) -> None:
        """Read a finished store whole. Raises DataError when it is damaged."""
        open_store(folder).verify()

    def settings(self) -> dict[str, Any]:
        """Return the properties that an earlier run's store must share."""
        return _settings(self.attributes, self.shape, str(np.dtype(self.dtype)))

    def settings_of(self, folder: Path, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """Return the same properties of an earlier run's store."""
        try:
            layout = read_layout(folder / "vectors")
        except DataError:
            # Damaged: an unfinished store gets that of the same settings, a finished one is
            # refused.
            return _settings(attributes, self.shape, str(np.dtype(self.dtype)))
        return _settings(attributes, layout.shape, layout.data_type)


def store_settings(folder: Path) -> dict[str, Any]:
    """Return the properties that all unfinished copies of a store share with it: not its length.

    Raises DataError for a folder that is no store, and for a damaged one.
    """
    attributes, layout = read_group(folder)["attributes"], read_layout(folder / "vectors")
    return _settings(attributes, layout.shape[1:], layout.data_type)


def _settings(attributes: Mapping[str, Any], shape: tuple[int, ...], dtype: str) -> dict[str, Any]:
    settings = {name: attributes.get(name) for name in _SETTINGS}
    # The checkpoint decides, however the file of its first weights was spelled.
    model = {key: value for key, value in (settings["model"] or {}).items() if key != "weights"}
    settings |= {"image": image_settings_of(attributes), "model": model}
    return settings | {"shape": list(shape), "dtype": dtype}
