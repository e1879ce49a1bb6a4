"""Benchmarks in a process of their own: threads and BLAS are set once per process."""

import importlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, set_start_method

from measure import Benchmark, measure
from rows import Row, print_table, rows_of


def measure_apart(make: Callable[[], Iterable[Benchmark]], rounds: int) -> list[Row]:
    """Measure the benchmarks of a picklable function in a new process; print each when done.

    The temporary files of the process are removed at its end.
    """
    with (
        tempfile.TemporaryDirectory(prefix="gld-bench-") as folder,
        ProcessPoolExecutor(
            1, get_context("spawn"), initializer=_keep_temporary_files_in, initargs=(folder,)
        ) as process,
    ):
        return process.submit(_measured, make, rounds).result()


def entry(module: str) -> Iterable[Benchmark]:
    """Make the benchmarks of an entry."""
    found = importlib.import_module(module).benchmark()
    return [found] if isinstance(found, Benchmark) else found


def _keep_temporary_files_in(folder: str) -> None:
    os.environ["TMPDIR"] = tempfile.tempdir = folder


def _measured(make: Callable[[], Iterable[Benchmark]], rounds: int) -> list[Row]:
    # As in the commands: workers that load images are forked, which takes them no time to start.
    set_start_method("fork", force=True)
    rows: list[Row] = []
    for benchmark in make():
        measured = measure(benchmark, rounds)
        rows += rows_of(measured)
        # A later comparison may fail, or be interrupted.
        print(measured.summary(), file=sys.stderr)
        print_table(rows_of(measured), file=sys.stderr)
    return rows
