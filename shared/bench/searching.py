"""Exact search of stores: 1,129 queries of the competition's validation in two sizes of index."""

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import faiss
import numpy as np
import polars as pl
import torch
from gld_search import search
from gld_shared.search import topk as of_topk
from gld_shared.store import EmbeddingStore, StoreSpec, StoreWriter, open_store
from gld_shared.testing import run
from measure import LIMIT, OURS, PLAIN, Benchmark
from storing.stores import make_folder

QUERIES, DIMENSION, K = 1_129, 512, 100
IMAGES = (78_959, 1_000_000)
# A whole matrix of similarities is too large for the second.
MOST_SORTED = 100_000
BLOCK = 16_384
COMMAND, FAISS, FLOAT32 = "command", "faiss", "float32"


def benchmark() -> Iterator[Benchmark]:
    """Find the top 100 of random unit vectors, with all cores."""
    return (_of_size(images) for images in IMAGES)


def _of_size(images: int) -> Benchmark:
    folder = make_folder()
    stores = [
        random_store(folder / "queries.zarr", QUERIES),
        random_store(folder / "index.zarr", images),
    ]
    queries, index = (store.read(slice(0, store.n)) for store in stores)
    flat = faiss.IndexFlatIP(DIMENSION)
    flat.add(index)
    variants = {
        OURS: partial(_search, *stores),
        COMMAND: partial(_command, folder),
        FLOAT32: partial(_search_in_float32, *stores),
        LIMIT: partial(product_only, queries, index),
        FAISS: partial(flat.search, queries, K),
        PLAIN: partial(_plain, queries, index),
    }
    notes = {
        OURS: "gld_search.search: from mapped stores to the table",
        COMMAND: "gld-search: the same, and the table's file",
        FLOAT32: "gld_search.search without bfloat16",
        LIMIT: f"torch: the fp32 matrix product alone, in blocks of {BLOCK:,} rows in memory",
        FAISS: "faiss.IndexFlatIP of the wheel, in memory",
        PLAIN: "numpy: whole matrix of similarities in memory, then argsort of its rows",
    }
    goals = {(OURS, LIMIT): 1.8 if of_topk.is_worth_it(1e12) else 0.9, (OURS, FAISS): 3.0}
    if images <= MOST_SORTED:
        goals[(OURS, PLAIN)] = 5.0
    else:
        del variants[PLAIN]
    name = f"search {images:,}"
    close = partial(shutil.rmtree, folder)
    return Benchmark(name, "queries", QUERIES, variants, notes, goals, close)


def random_store(path: Path, count: int) -> EmbeddingStore:
    """Write a store of random vectors of length 1."""
    generator = np.random.default_rng(count)
    writer = StoreWriter.open(path, StoreSpec(pl.Series(range(count)).cast(pl.String), DIMENSION))
    for chunk in range(writer.chunks):
        shape = (len(writer.rows_of(chunk)), DIMENSION)
        vectors = generator.standard_normal(shape, dtype=np.float32)
        writer.write_chunk(chunk, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    return open_store(writer.finish())


def _search(queries: EmbeddingStore, index: EmbeddingStore) -> int:
    return sum(table.height for table in search([queries], [index], K))


def _search_in_float32(queries: EmbeddingStore, index: EmbeddingStore) -> int:
    chosen = of_topk.is_worth_it
    of_topk.is_worth_it = lambda multiplications: False
    try:
        return _search(queries, index)
    finally:
        of_topk.is_worth_it = chosen


def _command(folder: Path) -> None:
    paths = [str(folder / name) for name in ("queries.zarr", "index.zarr", "neighbours.tsv")]
    done = run(["gld-search", paths[0], "--index", paths[1], "-o", paths[2], "-q"])
    assert done.exit_code == 0, done.output


def _plain(queries: np.ndarray, images: np.ndarray) -> np.ndarray:
    return np.argsort(-(queries @ images.T), axis=1)[:, :K]


def product_only(queries: np.ndarray, images: np.ndarray) -> None:
    """Multiply block by block, and keep no product."""
    left, right = torch.from_numpy(queries), torch.from_numpy(images)
    product = torch.empty(len(left), BLOCK)
    for start in range(0, len(right), BLOCK):
        block = right[start : start + BLOCK]
        torch.mm(left, block.T, out=product[:, : len(block)])
