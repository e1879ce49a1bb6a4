"""Small images, lists, stores, neighbours and truth for tests."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from PIL import Image

from gld_shared.store import write_store
from gld_shared.tables import LIST, NEIGHBOURS, TRUTH, write_table


def small_image(
    path: Path, seed: int = 0, size: tuple[int, int] = (96, 72), **options: Any
) -> Path:
    """Draw soft coloured clouds, different for each seed, in the format of the suffix.

    ``options`` are those of Pillow's ``save``, and ``mode`` for the colour mode.
    """
    mode = options.pop("mode", "RGB")
    coarse = np.random.default_rng(seed).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    picture = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC).convert(mode)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, **options)
    return path


def small_list(path: Path, ids: Sequence[str]) -> Path:
    """Write a list of images ``<id>.jpg``; each label has two adjacent images."""
    rows = pl.DataFrame(
        {
            "id": list(ids),
            "path": [f"{name}.jpg" for name in ids],
            "label": [position // 2 for position in range(len(ids))],
            "country": ["FR" for _ in ids],
        }
    )
    write_table(path, LIST, rows, {"history": []})
    return path


def small_store(path: Path, ids: Sequence[str], seed: int = 0, dimension: int = 8) -> Path:
    """Write a store of random unit vectors."""
    vectors = np.random.default_rng(seed).normal(size=(len(ids), dimension))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    attributes = {"checkpoint": {"path": "random:none", "sha256": "0"}, "history": []}
    return write_store(path, ids, vectors, attributes, dtype="float32")


def small_neighbours(path: Path, queries: Path, index: Path, ids: Sequence[str]) -> Path:
    """Write the neighbours of query ``a``: the given ids, best first."""
    rows = pl.DataFrame(
        {
            "query_id": ["a"] * len(ids),
            "index_id": list(ids),
            "rank": pl.Series(range(1, len(ids) + 1), dtype=pl.Int32),
            "score": pl.Series(np.linspace(0.9, 0.1, len(ids)), dtype=pl.Float32),
        }
    )
    header = {"queries": [str(queries)], "index": [str(index)], "history": []}
    write_table(path, NEIGHBOURS, rows, header)
    return path


def small_truth(path: Path, query: str, relevant: Sequence[str]) -> Path:
    """Write the relevant ids of one query."""
    rows = pl.DataFrame(
        {
            "query_id": [query] * len(relevant),
            "index_id": list(relevant),
            "usage": ["all"] * len(relevant),
        }
    )
    write_table(path, TRUTH, rows, {"history": []})
    return path
