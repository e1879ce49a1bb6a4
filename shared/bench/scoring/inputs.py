"""Neighbours and truth like those of the landmark competitions, as tables."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from gld_shared.tables import NEIGHBOURS, TRUTH, write_table

K, POSITIVES = 100, 20
_BLOCK = 2_000
# Each query's images, and among them its results and its positives.
_IMAGES, _STEP = 130, 977


def write_tables(folder: Path, queries: int) -> tuple[Path, Path]:
    """Write ``K`` neighbours of each query, and ``POSITIVES`` relevant pairs; ids of 16 digits."""
    generator = np.random.default_rng(0)
    names = pl.Series([f"{number:016x}" for number in generator.permutation(6 * queries + 130_000)])
    ids = pl.Series([f"q{number:015x}" for number in range(queries)])
    neighbours, truth = folder / "neighbours.tsv", folder / "truth.tsv"
    write_table(neighbours, NEIGHBOURS, _neighbours(ids, names, generator), {"history": []})
    write_table(truth, TRUTH, _pairs(ids, names, generator), {"history": []})
    return neighbours, truth


def _neighbours(
    ids: pl.Series, names: pl.Series, generator: np.random.Generator
) -> Iterator[pl.DataFrame]:
    for start in range(0, len(ids), _BLOCK):
        query = np.arange(start, min(start + _BLOCK, len(ids)))
        scores = np.sort(generator.random((len(query), K)).astype(np.float32))[:, ::-1]
        yield pl.DataFrame(
            {
                "query_id": ids[query.repeat(K)],
                "index_id": names[_images(query, np.arange(K)).ravel()],
                "rank": np.tile(np.arange(1, K + 1, dtype=np.int32), len(query)),
                "score": scores.ravel(),
            }
        )


def _pairs(ids: pl.Series, names: pl.Series, generator: np.random.Generator) -> pl.DataFrame:
    query = np.arange(len(ids))
    chosen = np.stack([generator.choice(_IMAGES, POSITIVES, replace=False) for _ in query])
    usage = np.where(query % 3 > 0, "private", "public")
    return pl.DataFrame(
        {
            "query_id": ids[query.repeat(POSITIVES)],
            "index_id": names[_images(query, chosen).ravel()],
            "usage": usage.repeat(POSITIVES),
        }
    )


def _images(query: np.ndarray, place: np.ndarray) -> np.ndarray:
    return query[:, None] * 6 + place * _STEP
