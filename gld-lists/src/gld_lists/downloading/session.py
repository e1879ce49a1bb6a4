"""What all transfers of a run share: patience, a way to stop them, and who counts the bytes."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from gld_lists.downloading.requests import Broken, TransferError

log = logging.getLogger(__name__)

T = TypeVar("T")
_LONGEST_WAIT = 60.0


class Stopped(Exception):
    """The run ends; this transfer ends with it."""


def _ignore(_: int) -> None:
    """Nobody counts."""


@dataclass
class Session:
    """``tries`` in a row that get no further, ``fetches`` of a file whose content is wrong.

    ``first_wait`` and ``timeout`` are in seconds; the wait doubles with each failure in a row.
    ``received`` is told of each number of bytes, from several threads; a negative number takes
    back bytes that have to be fetched again.
    """

    tries: int = 5
    fetches: int = 3
    first_wait: float = 1.0
    timeout: float = 30.0
    received: Callable[[int], None] = _ignore
    stop: threading.Event = field(default_factory=threading.Event)

    def uncounted(self) -> "Session":
        """The same, but nobody is told of the bytes."""
        return replace(self, received=_ignore)

    def check(self) -> None:
        """Raise Stopped when the run ends."""
        if self.stop.is_set():
            raise Stopped

    def persist(self, url: str, attempt: Callable[[], T], size: Callable[[], int]) -> T:
        """The result of ``attempt``, called again after a failure that may pass.

        ``size`` is how many bytes are there: a failure counts only when there are no more than ever
        before, so that a long file comes through over any connection that brings some of it.
        Raises TransferError when ``tries`` attempts in a row failed.
        """
        failures, most = 0, size()
        while True:
            self.check()
            try:
                return attempt()
            except Broken as error:
                failures = 0 if size() > most else failures + 1
                most = max(most, size())
                if failures >= self.tries:
                    raise TransferError(
                        f"{url}: {error}, {failures} times in a row; check the connection and run "
                        "the same command again, it goes on where it stopped"
                    ) from error
                log.info("%s: %s; trying again", url, error)
                wait = self.first_wait * 2 ** max(failures - 1, 0)
                self.stop.wait(min(wait, _LONGEST_WAIT))
