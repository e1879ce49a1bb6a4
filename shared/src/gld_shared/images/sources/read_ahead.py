"""Read-ahead of remote files: large requests, several in flight, bounded memory."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

# The parts of a window are requested, held and released together: up to 16 MB, or one larger part.
_WINDOW_BYTES = 16 << 20
_WINDOWS_AHEAD = 4
_REQUEST_BYTES = 1 << 20
# Receiving a gap of this size between two parts is cheaper than another request.
_GAP_BYTES = 64 << 10
_GUESSED_BYTES = 512 << 10
_IN_FLIGHT = 16


@dataclass(frozen=True, order=True)
class Part:
    """Bytes ``start`` up to ``stop`` of the file at ``url``; the whole file if ``stop`` is None."""

    url: str
    start: int = 0
    stop: int | None = None

    @property
    def size(self) -> int:
        """The number of bytes, guessed for a whole file."""
        return _GUESSED_BYTES if self.stop is None else self.stop - self.start


class ReadAhead:
    """Fetches parts of files before they are taken, in the order of their announcement.

    Memory: 4 windows of 16 MB, plus the bytes that callers hold. A window holds up to 32 whole
    files, because their sizes are not known in advance.
    """

    def __init__(self, fetch: Callable[[Part], bytes]) -> None:
        """Take ``fetch``, which returns the bytes of a part, or raises; several threads call it."""
        self._fetch = fetch
        self._pool = ThreadPoolExecutor(_IN_FLIGHT, "ahead")
        self._lock = Lock()
        self._expected: dict[Part, deque[_Window]] = defaultdict(deque)
        self._waiting: deque[_Window] = deque()
        self._begun: list[_Window] = []

    def expect(self, parts: Sequence[Part]) -> None:
        """Announce the next parts to be taken, in order; list a part once for each time."""
        with self._lock:
            for window in map(_Window, _windows(parts)):
                self._waiting.append(window)
                for part in window.parts:
                    self._expected[part].append(window)
            self._begin_more()

    def take(self, part: Part) -> bytes:
        """Return a part's bytes, waiting if necessary; a part not announced is fetched at once."""
        with self._lock:
            window = self._expected[part].popleft() if part in self._expected else None
            if window is not None:
                if not self._expected[part]:
                    del self._expected[part]
                # Start it out of turn, or readers could deadlock.
                self._begin(window)
        if window is None:
            return self._fetch(part)
        try:
            return window.bytes_of(part)
        finally:
            with self._lock:
                self._use_up(window)

    def close(self) -> None:
        """Start no more requests."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _use_up(self, window: "_Window") -> None:
        window.left -= 1
        if window.left == 0:
            self._begun.remove(window)
            self._begin_more()

    def _begin_more(self) -> None:
        while self._waiting and len(self._begun) < _WINDOWS_AHEAD:
            self._begin(self._waiting[0])

    def _begin(self, window: "_Window") -> None:
        if window.responses:
            return
        self._waiting.remove(window)
        self._begun.append(window)
        window.responses = [self._pool.submit(self._fetch, part) for part in window.requests]


class _Window:
    """Parts that are fetched together, in as few requests as possible."""

    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts
        self.left = len(parts)
        self.requests: list[Part] = []
        self.responses: list[Future[bytes]] = []
        self._request_of: dict[Part, int] = {}
        for group in _coalesced(sorted(set(parts))):
            self._request_of.update(dict.fromkeys(group, len(self.requests)))
            self.requests.append(Part(group[0].url, group[0].start, group[-1].stop))

    def bytes_of(self, part: Part) -> bytes:
        request = self._request_of[part]
        data = self.responses[request].result()
        if part.stop is None:
            return data
        first = self.requests[request].start
        return data[part.start - first : part.stop - first]


def _windows(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """Split parts, in order, into windows."""
    window: list[Part] = []
    held = 0
    for part in parts:
        if window and held + part.size > _WINDOW_BYTES:
            yield window
            window, held = [], 0
        window.append(part)
        held += part.size
    if window:
        yield window


def _coalesced(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """Group sorted parts that are close enough for one request."""
    group: list[Part] = []
    for part in parts:
        if group and not _belongs(part, group):
            yield group
            group = []
        group.append(part)
    if group:
        yield group


def _belongs(part: Part, group: list[Part]) -> bool:
    last = group[-1]
    if part.url != last.url or part.stop is None or last.stop is None:
        return False
    return part.start - last.stop <= _GAP_BYTES and part.stop - group[0].start <= _REQUEST_BYTES
