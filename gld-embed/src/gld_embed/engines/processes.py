"""Several processes on this machine, one for each GPU or so many on the CPU."""

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import connection, get_context, parent_process
from multiprocessing.process import BaseProcess
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from types import FrameType

from gld_shared.devices import device_of_rank
from gld_shared.errors import DataError
from gld_shared.store import StoreWriter
from gld_shared.work.timing import Advance

from gld_embed.embed import embed
from gld_embed.engines.watching import Watch
from gld_embed.inference.choice import NetworkChoice
from gld_embed.job import Job

log = logging.getLogger(__name__)
_PAUSE = 0.5
_Errors = SimpleQueue[str]


def devices_for(name: str, count: int) -> list[str]:
    """The devices of so many processes. Raises DataError when there are fewer GPUs."""
    return [device_of_rank(name, rank) for rank in range(count)]


def embed_in_processes(
    job: Job,
    choice: NetworkChoice,
    devices: Sequence[str],
    writer: StoreWriter,
    advance: Advance,
    begin: Callable[[], object],
) -> Path:
    """Make a store by one process for each of ``devices``, which share cores and workers.

    ``writer`` has begun the store; ``begin`` is what each process does first. When a process is
    killed the others do its share, with a warning. Raises DataError with what the first of them
    has to say that fails, and when all were killed. When this process dies, they end too.
    """
    share = max(1, (os.cpu_count() or 1) // len(devices))
    # Read when a process starts; more threads than cores would wait for one another.
    os.environ.setdefault("OMP_NUM_THREADS", str(share))
    share_of_job = replace(job, workers=-(-job.workers // len(devices)))
    context = get_context("spawn")
    errors: _Errors = context.SimpleQueue()
    processes: list[BaseProcess] = [
        context.Process(target=_work, args=(share_of_job, choice, device, errors, begin))
        for device in devices
    ]
    for process in processes:
        process.start()
    with _ended_with_this(processes):
        _wait(processes, errors, Watch(writer, advance))
    return job.output


def _wait(processes: list[BaseProcess], errors: _Errors, watch: Watch) -> None:
    left = list(processes)
    while left:
        for ended in [process for process in left if process.exitcode is not None]:
            left.remove(ended)
            if not errors.empty():
                raise DataError(errors.get())
            if ended.exitcode:
                how = f"process {processes.index(ended)} was ended by {_name(ended.exitcode)}"
                if not left:
                    raise DataError(f"{how}, the last one; the same command goes on")
                log.warning("%s; the others do its share", how)
        watch.look()
        connection.wait([process.sentinel for process in left], _PAUSE)
    watch.complete()


def _name(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


@contextmanager
def _ended_with_this(processes: list[BaseProcess]) -> Iterator[None]:
    """However this process leaves the block, the others do not go on without it."""

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        for process in processes:
            process.kill()
        for process in processes:
            process.join()


def _work(
    job: Job, choice: NetworkChoice, device: str, errors: _Errors, begin: Callable[[], object]
) -> None:
    """What each process does."""
    begin()
    # The key goes to all processes of a terminal; the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        embed(job, choice.load(job, device))
    except DataError as error:
        errors.put(str(error))
        # Without the interpreter's own end, which would wait for the decoding threads.
        os._exit(1)


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
