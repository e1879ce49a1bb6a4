"""``python shared/bench/reranking/reciprocal_sizes.py [IMAGES ...]``: time and memory by size.

Encodes all images of an index by their k-reciprocal neighbours, given their nearest, and compares
1,000 queries with all. Prints seconds, and the growth of the anonymous memory at its peak; the
lists of neighbours are held before, and vectors are read from a mapped store.
"""

import argparse
import shutil
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from storing.stores import make_folder

from reranking.clusters import clustered_graph
from reranking.reciprocal import distances_of_queries

SIZES, QUERIES = (10_000, 100_000, 1_000_000), 1_000


def main() -> None:
    """Measure each size in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[2])
    parser.add_argument("images", nargs="*", type=int, default=SIZES)
    print(f"{'images':>9} {'seconds':>8} {'processor':>9} {'MB':>6} {'microseconds per image':>23}")
    for images in parser.parse_args().images:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            print(process.submit(measured, images).result(), flush=True)


def measured(images: int) -> str:
    """Return a line of the table."""
    folder = make_folder()
    try:
        distances_of_queries(clustered_graph(folder, 1_000, QUERIES), QUERIES)  # compiles
        graph = clustered_graph(folder, images, QUERIES)
        peak = _Peak()
        started, on_processor = time.perf_counter(), time.process_time()
        distances_of_queries(graph, QUERIES)
        seconds, on_processor = (
            time.perf_counter() - started,
            time.process_time() - on_processor,
        )
        growth = peak.stop()
    finally:
        shutil.rmtree(folder)
    each = on_processor / images * 1e6
    return f"{images:9,} {seconds:8.2f} {on_processor:9.2f} {growth:6.0f} {each:23.1f}"


class _Peak:
    """The growth of this process's anonymous memory while it runs, in megabytes."""

    def __init__(self) -> None:
        self._first = self._most = _anonymous()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stopped.wait(0.02):
            self._most = max(self._most, _anonymous())

    def stop(self) -> float:
        """Return the growth."""
        self._stopped.set()
        self._thread.join()
        return (self._most - self._first) / 1024


def _anonymous() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("RssAnon:")).split()[1])


if __name__ == "__main__":
    main()
