"""``python shared/bench/reranking/first_runs.py``: what compiling adds to a first run.

Each method runs on 400 images as a command, first with an empty folder for compiled code, then
twice with what it kept; ``expand``, which compiles nothing, stands beside them. Prints seconds, and
those of the processor, which other work on the machine changes less.
"""

import os
import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import polars as pl
from gld_shared.tables import LIST, write_table
from gld_shared.testing import program, small_store

IMAGES, QUERIES = 400, 5
LANDMARK = ["landmark", "--reference", "index.zarr", "--labels", "index.tsv"]
METHODS = {
    "expand": ["expand"],
    "reciprocal": ["reciprocal"],
    "reciprocal --whole": ["reciprocal", "--whole"],
    "diffuse": ["diffuse"],
    "explore": ["explore"],
    "landmark": LANDMARK,
}


def main() -> None:
    """Run each method three times."""
    folder = Path(tempfile.mkdtemp(prefix="gld-bench-"))
    try:
        make_inputs(folder)
        print(f"{'method':20} {'first':>6} {'again':>6} {'processor: first':>17} {'again':>6}")
        for name, method in METHODS.items():
            kept = folder / "compiled"
            shutil.rmtree(kept, ignore_errors=True)
            command = ["gld-rerank", *method, "neighbours.tsv", "-q", "-o", "reranked.tsv"]
            first, *again = (spent(command, folder, kept) for _ in range(3))
            second = tuple(map(min, *again))
            print(f"{name:20} {first[0]:6.2f} {second[0]:6.2f} {first[1]:17.2f} {second[1]:6.2f}")
    finally:
        shutil.rmtree(folder)


def make_inputs(folder: Path) -> None:
    """Write stores of queries and images, their neighbours, and a list of ten images a landmark."""
    ids = [f"i{row:03}" for row in range(IMAGES)]
    small_store(folder / "queries.zarr", [f"q{row}" for row in range(QUERIES)], seed=1)
    small_store(folder / "index.zarr", ids, seed=2)
    labels = {"label": [row // 10 for row in range(IMAGES)], "country": ["FR"] * IMAGES}
    rows = pl.DataFrame({"id": ids, "path": ids, **labels})
    write_table(folder / "index.tsv", LIST, rows, {"history": []})
    search = ["gld-search", "queries.zarr", "--index", "index.zarr", "-o", "neighbours.tsv"]
    spent(search, folder, folder / "compiled")


def spent(command: list[str], folder: Path, compiled: Path) -> tuple[float, float]:
    """Run a command, and return its seconds, and those of the processor."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(compiled)}
    name, *arguments = command
    subprocess.run([program(name), *arguments], cwd=folder, env=environment, check=True)
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
