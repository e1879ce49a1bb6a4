"""Run several transfers at a time, and end all of them at a fatal error."""

import queue
import threading
import time
from collections.abc import Callable, Sequence

from gld_shared.errors import DataError

from gld_lists.downloading.requests import TransferError
from gld_lists.downloading.retries_and_stop import Session, Stopped

Job = Callable[[Session], None]
_MOST_FAILURES = 5
# The time in seconds that transfers have to end.
_GRACE = 1.0


def run(jobs: Sequence[Job], workers: int, session: Session) -> None:
    """Run the jobs in order, ``workers`` at a time.

    The run continues after a file that cannot be fetched, and ends at the fifth such file, at any
    other error, or when it is interrupted. Raises DataError with all failures.
    """
    outcomes: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
    waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
    for job in jobs:
        waiting.put(job)
    # Daemon threads let the process end while a thread waits for a server. The files are always in
    # a state from which the next run can resume.
    threads = [
        threading.Thread(target=_work, args=(waiting, outcomes, session), daemon=True)
        for _ in range(min(workers, len(jobs)))
    ]
    for thread in threads:
        thread.start()
    try:
        _collect(outcomes, len(jobs))
    except BaseException:
        session.stop.set()
        raise
    finally:
        deadline = time.monotonic() + _GRACE
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))


def _work(
    waiting: "queue.SimpleQueue[Job]",
    outcomes: "queue.SimpleQueue[BaseException | None]",
    session: Session,
) -> None:
    while not session.stop.is_set():
        try:
            waiting.get_nowait()(session)
        except (queue.Empty, Stopped):
            return
        except BaseException as error:
            outcomes.put(error)
        else:
            outcomes.put(None)


def _collect(outcomes: "queue.SimpleQueue[BaseException | None]", count: int) -> None:
    failures: list[str] = []
    for _ in range(count):
        outcome = outcomes.get()
        if isinstance(outcome, TransferError):
            failures.append(str(outcome))
            if len(failures) == _MOST_FAILURES:
                break
        elif outcome is not None:
            raise outcome
    if len(failures) == 1:
        raise DataError(failures[0])
    if failures:
        raise DataError(f"{len(failures)} files failed: " + " | ".join(failures))
