"""Several transfers at a time, which end at once when one of them must not go on."""

import queue
import threading
import time
from collections.abc import Callable, Sequence

from gld_shared.errors import DataError

from gld_lists.downloading.requests import TransferError
from gld_lists.downloading.session import Session, Stopped

Job = Callable[[Session], None]
_MOST_FAILURES = 5
# Seconds in which the transfers may come to their ends.
_FAREWELL = 1.0


def run(jobs: Sequence[Job], workers: int, session: Session) -> None:
    """Run the jobs in order, ``workers`` at a time.

    A file that cannot be had leaves the others to go on, up to five of them; anything else ends
    the run, as an interruption does. Raises DataError with all that failed.
    """
    outcomes: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
    waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
    for job in jobs:
        waiting.put(job)
    # As daemons, they let the process end while a server keeps one of them waiting: at any moment
    # the files are in a state from which the next run goes on.
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
        latest = time.monotonic() + _FAREWELL
        for thread in threads:
            thread.join(max(0.0, latest - time.monotonic()))


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
