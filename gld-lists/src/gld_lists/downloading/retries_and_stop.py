"""Settings that all transfers of a run share: retries, timeouts, counting and stopping."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from gld_shared.progress import silent

from gld_lists.downloading.requests import Broken, TransferError
from gld_lists.downloading.web import FEWEST_BYTES

log = logging.getLogger(__name__)

T = TypeVar("T")
_LONGEST_WAIT = 60.0


class Stopped(Exception):
    """The run ends, and the transfer with it."""


@dataclass
class Session:
    """The limits and callbacks of a run.

    A file fails after ``tries`` in a row without progress, or ``fetches`` with wrong content.
    ``first_wait`` and ``timeout`` are in seconds; the wait doubles with each failure in a row.
    ``received`` is called with numbers of bytes, from several threads; a negative number takes
    back bytes that must be fetched again.
    """

    tries: int = 5
    fetches: int = 3
    first_wait: float = 1.0
    timeout: float = 30.0
    received: Callable[[int], object] = silent
    stop: threading.Event = field(default_factory=threading.Event)

    def uncounted(self) -> "Session":
        """Return a session that does not count bytes."""
        return replace(self, received=silent)

    def check(self) -> None:
        """Raise Stopped if the run ends."""
        if self.stop.is_set():
            raise Stopped

    def persist(self, url: str, attempt: Callable[[], T], size: Callable[[], int]) -> T:
        """Call ``attempt`` until it does not raise Broken, and return its result.

        ``size`` returns the number of bytes received so far. Only failures with less than 16 KB of
        new bytes count, so a long file arrives over any connection that delivers some of it. Raises
        TransferError after ``tries`` such failures in a row.
        """
        failures, most = 0, size()
        while True:
            self.check()
            try:
                return attempt()
            except Broken as error:
                failures = 0 if size() >= most + FEWEST_BYTES else failures + 1
                most = max(most, size())
                if failures >= self.tries:
                    raise TransferError(
                        f"{url}: {error}, {failures} times in a row; check the connection and run "
                        "the same command again, it resumes where it stopped"
                    ) from error
                log.info("%s: %s; trying again", url, error)
                wait = self.first_wait * 2 ** max(failures - 1, 0)
                self.stop.wait(min(wait, _LONGEST_WAIT))
