"""What a store will hold: the part of it that is known before the first vector."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl


@dataclass(frozen=True)
class StoreSpec:
    """The ids of a store, unique and in row order, and the length and type of its vectors.

    ``dtype`` is ``float16`` or ``float32``. ``attributes`` are those of the contract, without
    ``format``.
    """

    ids: Sequence[str] | pl.Series
    dimension: int
    dtype: str = "float16"
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and dimension of the array of vectors."""
        return len(self.ids), self.dimension
