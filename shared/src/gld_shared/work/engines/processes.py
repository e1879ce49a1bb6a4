"""Several processes on this machine: one for each GPU, or several on the CPU."""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from gld_shared.errors import DataError
from gld_shared.faults import readable
from gld_shared.progress import Advance
from gld_shared.work.child_processes import (
    exit_name,
    leave_end_to_parent,
    share_cores,
)
from gld_shared.work.end_signals import raising_ended
from gld_shared.work.units import CompleteUnits, Output

log = logging.getLogger(__name__)
_PAUSE = 0.5


def run_processes(
    work: Callable[[str], object], devices: Sequence[str], output: Output, advance: Advance
) -> None:
    """Call ``work``, which can be pickled, in one process for each of ``devices``.

    Each call gets its device, and returns when ``output`` is finished. The processes share the
    cores. When a process is killed, a warning says so and the others do its share; when this
    process dies, all of them end. Raises the DataError or Fault of the first process that fails,
    and DataError when all were killed.
    """
    share_cores(len(devices))
    context = get_context("spawn")
    processes: list[BaseProcess] = []
    receivers: list[Connection] = []
    with _ended_with_this(processes):
        for device in devices:
            receiver, sender = context.Pipe(duplex=False)
            receivers.append(receiver)
            processes.append(context.Process(target=_run, args=(work, device, sender)))
            processes[-1].start()
            # The process alone holds it now, so its pipe ends when it is killed.
            sender.close()
        _wait(processes, receivers, CompleteUnits(output, advance))


def _wait(
    processes: list[BaseProcess], receivers: list[Connection], complete: CompleteUnits
) -> None:
    left = list(processes)
    while left:
        # Before their pipes are read: a process sends its error, and then ends.
        ended = [process for process in left if process.exitcode is not None]
        for receiver in receivers:
            # A killed process has sent nothing, or half of its error.
            with suppress(EOFError, OSError):
                if receiver.poll():
                    raise receiver.recv()
        for process in ended:
            left.remove(process)
            if process.exitcode:
                number = processes.index(process)
                how = f"process {number} was ended by {exit_name(process.exitcode)}"
                if not left:
                    raise DataError(f"{how}, the last one; the same command resumes")
                log.warning("%s; the others do its share", how)
        complete.look_at_all()
        # A process that sends more than its pipe holds ends only once that is read.
        sending = [receivers[processes.index(process)] for process in left]
        connection.wait([*sending, *(process.sentinel for process in left)], _PAUSE)
    complete.look_at_all()


@contextmanager
def _ended_with_this(processes: list[BaseProcess]) -> Iterator[None]:
    """End the processes that were started, however this one leaves the block."""
    try:
        with raising_ended():
            yield
    finally:
        started = [process for process in processes if process.pid is not None]
        for process in started:
            process.kill()
        for process in started:
            process.join()


def _run(work: Callable[[str], object], device: str, sender: Connection) -> None:
    """Call ``work`` in a child process, and send the DataError or Fault with which it fails."""
    leave_end_to_parent()
    try:
        work(device)
    except Exception as error:
        log.debug("the traceback in a process:", exc_info=error)
        sender.send(readable(error))
        # Bypass the interpreter's normal exit, which would wait for the decoding threads.
        os._exit(1)
