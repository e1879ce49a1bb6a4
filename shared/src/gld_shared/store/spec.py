"""The properties of a store that are known before its first vector."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl


@dataclass(frozen=True)
class StoreSpec:
    """The ids of a store, unique and in row order, and the length and type of its vectors.

    ``dtype`` is ``float16`` or ``float32``. ``attributes`` are those of the file format,
    without ``format`` itself.
    """

    ids: Sequence[str] | pl.Series
    dimension: int
    dtype: str = "float16"
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int]:
        """The shape of the array of vectors: (n, d)."""
        return len(self.ids), self.dimension
