"""Ways to search, and the product alone that bounds them."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import faiss
import numpy as np
import torch
from gld_search import search
from gld_shared.search import memory
from gld_shared.search.bfloat16_products import BFloat16Products
from gld_shared.search.exact_scores import exact_scores
from gld_shared.search.int16_products import Int16Products
from gld_shared.search.pairs import Pairs
from gld_shared.search.precision import fastest_of_cpu
from gld_shared.search.products import Products
from gld_shared.search.threads import in_order
from gld_shared.search.topk import BLOCK_ROWS, topk
from gld_shared.store import EmbeddingStore
from gld_shared.testing.commands import program
from threadpoolctl import threadpool_limits

K = 100
COMMAND, FAISS, FLOAT32, PASSES = "command", "faiss", "float32", "passes"
# Ways of a script, and their names as variants.
SCRIPTS = {way: f"script: {way}" for way in ("product", "faiss", "sort")}
COMMAND_NOTE = "gld-search as a process, with its start, all checks and the table's file"
SCRIPT_NOTE = (
    "a Python process: numpy.load, float32, the way alone or a table of neighbours, nothing checked"
)


def function(queries: EmbeddingStore, index: EmbeddingStore, k: int = K) -> int:
    """Search by gld's function; return the number of neighbours."""
    return sum(table.height for table in search([queries], [index], k))


def function_in_float32(queries: EmbeddingStore, index: EmbeddingStore, k: int = K) -> int:
    """Search as on a CPU that multiplies nothing faster than float32."""
    chosen = memory.fastest
    memory.fastest = lambda queries, values: "float32"
    try:
        return function(queries, index, k)
    finally:
        memory.fastest = chosen


def command(folder: Path, k: int = K) -> int:
    """Search by the command; return its peak of anonymous memory in bytes (Linux)."""
    paths = [str(folder / name) for name in ("queries.zarr", "index.zarr", "neighbours.tsv")]
    arguments = [paths[0], "--index", paths[1], "-k", str(k), "-o", paths[2], "-q"]
    process = subprocess.Popen([program("gld-search"), *arguments])
    peak = 0
    while process.poll() is None:
        peak = max(peak, _anonymous_memory(process.pid))
        time.sleep(0.01)
    assert process.returncode == 0
    return peak


def script(way: str, folder: Path) -> None:
    """Search by ``script.py``, as a process."""
    subprocess.run([sys.executable, Path(__file__).with_name("script.py"), way, folder], check=True)


def write_for_scripts(folder: Path, stores: Mapping[str, EmbeddingStore]) -> None:
    """Write the vectors and ids of stores, by name, as ``script.py`` reads them."""
    for name, store in stores.items():
        np.save(folder / f"{name}.npy", store.read(slice(0, store.n)).astype(np.float16))
        (folder / f"{name}.txt").write_text("\n".join(store.ids))


def passes(queries: EmbeddingStore, index: EmbeddingStore, k: int = K) -> Callable[[], None]:
    """Return a function that does what no exact search of this kind avoids.

    It reads the index, rounds it, multiplies it, and scores the k neighbours of each query by
    float64 sums; it chooses nothing and writes nothing.
    """
    vectors = queries.read(slice(0, queries.n))
    _, found = topk(vectors, index, k)
    pairs = Pairs(np.repeat(np.arange(queries.n), found.shape[1]), found.ravel(), found.ravel())

    def run() -> None:
        products: Products = (
            BFloat16Products(vectors) if fastest_of_cpu() == "bfloat16" else Int16Products(vectors)
        )
        bits = threading.local()

        def of_block(start: int) -> None:
            rows = slice(start, min(start + BLOCK_ROWS, index.n))
            block = products.of_block(index, rows)
            size = queries.n * (rows.stop - rows.start)
            bits.array = getattr(bits, "array", np.empty(queries.n * BLOCK_ROWS, products.key_type))
            block.multiply(slice(0, queries.n), bits.array[:size].reshape(queries.n, -1))

        for _ in in_order(of_block, range(0, index.n, BLOCK_ROWS), products.threads):
            pass
        exact_scores(vectors, index, pairs, None)

    return run


def sorting_all(queries: np.ndarray, images: np.ndarray, k: int = K) -> np.ndarray:
    """Sort the whole matrix of similarities."""
    return np.argsort(-(queries @ images.T), axis=1)[:, :k]


def on_cores(count: int, variant: Callable[[], object]) -> Callable[[], object]:
    """Return the variant on so many cores."""

    def limited() -> object:
        cores, threads = os.sched_getaffinity(0), torch.get_num_threads()
        os.sched_setaffinity(0, sorted(cores)[:count])
        torch.set_num_threads(count)
        faiss.omp_set_num_threads(count)
        try:
            with threadpool_limits(count, user_api="blas"):
                return variant()
        finally:
            os.sched_setaffinity(0, cores)
            torch.set_num_threads(threads)
            faiss.omp_set_num_threads(threads)

    return limited


def _anonymous_memory(pid: int) -> int:
    status = Path(f"/proc/{pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))
