"""``python shared/bench/reranking/first_runs.py``: what compiling adds to a first run.

Each method runs on 400 images as a command: first with an empty folder for compiled code, then
twice with what it kept, and first with what ``gld_rerank.compile_ahead`` kept, as after ``make
setup``. ``expand``, which compiles nothing, is beside them. Prints seconds, and those of the
processor, which other work on the machine changes less.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl
from gld_shared.tables import LIST, write_table
from gld_shared.testing import program, small_store

IMAGES, QUERIES = 400, 5
METHODS = {
    "expand": ["expand"],
    "reciprocal": ["reciprocal"],
    "reciprocal --whole": ["reciprocal", "--whole"],
    "diffuse": ["diffuse"],
    "explore": ["explore"],
    "landmark": ["landmark", "--reference", "index.zarr", "--labels", "index.tsv"],
}


def main() -> None:
    """Run each method four times."""
    folder = Path(tempfile.mkdtemp(prefix="gld-bench-"))
    ahead, kept = folder / "ahead", folder / "kept"
    try:
        make_inputs(folder)
        made = spent([sys.executable, "-m", "gld_rerank.compile_ahead"], folder, ahead)
        print(f"compile_ahead: {made[0]:.2f} s, {made[1]:.2f} s of the processor")
        print(f"{'':20} {'seconds':^20} {'of the processor':^20}")
        print(f"{'method':20} {'first  ahead  again':>20} {'first  ahead  again':>20}")
        for name, method in METHODS.items():
            shutil.rmtree(kept, ignore_errors=True)
            command = [program("gld-rerank"), *method, "neighbours.tsv", "-q", "-o", "reranked.tsv"]
            first, after = spent(command, folder, kept), spent(command, folder, ahead)
            again = map(min, *(spent(command, folder, kept) for _ in range(2)))
            figures = zip(first, after, again, strict=True)
            print(f"{name:20}", *("".join(f"{each:7.2f}" for each in row) for row in figures))
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
    spent([program(search[0]), *search[1:]], folder, folder / "kept")


def spent(command: list[str], folder: Path, compiled: Path) -> tuple[float, float]:
    """Run a command, and return its seconds, and those of the processor."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(compiled)}
    subprocess.run(command, cwd=folder, env=environment, check=True)
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
