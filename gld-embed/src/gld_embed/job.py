"""What is embedded, and as what it is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from gld_shared.images.settings import ImageSettings


@dataclass(frozen=True)
class Job:
    """One store to make.

    ``rows`` has the columns ``id``, each once, and ``path``, by which the source ``images`` (see
    ``open_source``) knows it, and may have those of boxes; ``dtype`` is float16 or float32;
    ``attributes`` are the store's, without ``format``. ``batch`` images go through the network at
    a time, which ``workers`` threads decode. It can be pickled, and holds the rows as columns of
    bytes, no Python objects: 5 million of them take some 400 MB.
    """

    rows: pl.DataFrame
    images: str
    output: Path
    settings: ImageSettings
    dtype: str = "float16"
    attributes: Mapping[str, Any] = field(default_factory=dict)
    batch: int = 32
    workers: int = 0
    skip_unreadable: bool = False
