"""Failures of the worker processes that load images: errors that end the run."""

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.queues import Queue

from gld_shared.errors import DataError
from gld_shared.work.end_signals import END_SIGNALS

log = logging.getLogger(__name__)
_SIGNALS = (*END_SIGNALS, signal.SIGINT)
_REMEDY = "use fewer workers (-j), or a smaller data.batch_size or image.size"


def set_up_worker(number: int) -> None:
    """Leave signals to the main process, and end when a batch cannot be sent.

    A signal to all processes of a job must not end the workers before the main process has saved
    its state. After a failed send, a worker would by default go on, and the main process wait for
    the batch without end.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    threading.Thread(target=_obey_main_process, daemon=True).start()
    Queue._on_queue_feeder_error = staticmethod(_end)  # type: ignore[attr-defined]


def _obey_main_process() -> None:
    while signal.sigwaitinfo(_SIGNALS).si_pid != os.getppid():
        pass
    os._exit(0)


def _end(error: Exception, item: object) -> None:
    log.error("a worker process cannot send a batch: %s", error)
    os._exit(1)


def cannot_be_held(error: OSError) -> DataError:
    """Return the error for a batch that does not fit the memory of its worker process."""
    return DataError(f"a worker process has no room for a batch: {error.strerror}; {_REMEDY}")


@contextmanager
def ended_workers_as_errors() -> Iterator[None]:
    """Raise DataError with the remedy if a worker process ends during the block.

    torch raises RuntimeError at any place of the main process.
    """
    try:
        yield
    except RuntimeError as error:
        if not str(error).startswith("DataLoader worker"):
            raise
        raise DataError(
            f"a worker process ended while it loaded images ({_first_sentence(error)}); the "
            f"memory may be too small: {_REMEDY}; the same command resumes from the last state"
        ) from error


def _first_sentence(error: RuntimeError) -> str:
    return str(error).partition(". ")[0].rstrip(". ")
