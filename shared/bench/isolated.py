"""Benchmarks in a process of their own: threads and BLAS are set once per process."""

import importlib
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import active_children, get_context, resource_tracker, set_start_method

from gld_shared.work.child_processes import leave_end_to_parent
from gld_shared.work.end_signals import Ended, handling, raising_ended
from measure import Benchmark, measure
from rows import Row, print_table, rows_of


def measure_apart(make: Callable[[], Iterable[Benchmark]], rounds: int) -> list[Row]:
    """Measure the benchmarks of a picklable function in a new process; print each when done.

    The temporary files of the process are removed at its end. It ends with this one; at a signal
    that ends this process, SystemExit is raised.
    """
    try:
        with raising_ended(), tempfile.TemporaryDirectory(prefix="gld-bench-") as folder:
            return _measure_in(folder, make, rounds)
    except Ended as ended:
        sys.exit(ended.exit_code)
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


def entry(module: str) -> Iterable[Benchmark]:
    """Make the benchmarks of an entry."""
    found = importlib.import_module(module).benchmark()
    return [found] if isinstance(found, Benchmark) else found


def _measure_in(folder: str, make: Callable[[], Iterable[Benchmark]], rounds: int) -> list[Row]:
    with handling({signal.SIGHUP: signal.SIG_IGN}):
        # It ignores other signals by itself, and ends with this process.
        resource_tracker.ensure_running()
    with ProcessPoolExecutor(
        1, get_context("spawn"), initializer=_begin, initargs=(folder,)
    ) as process:
        try:
            return process.submit(_measured, make, rounds).result()
        except BaseException:
            # The end of the block would wait for the benchmark. What it started ends too.
            for child in active_children():
                with suppress(ProcessLookupError):  # its group comes a little later than it
                    os.killpg(child.pid, signal.SIGKILL)
                child.kill()
            raise


def _begin(folder: str) -> None:
    leave_end_to_parent()
    os.setpgrp()
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
