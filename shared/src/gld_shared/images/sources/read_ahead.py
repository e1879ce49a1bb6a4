"""Reading ahead of far-away files: large requests, several in flight, bounded memory."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

# A window is what is asked for, held and used up together: so many bytes, or one larger part.
_WINDOW_BYTES = 16 << 20
_WINDOWS_AHEAD = 4
_REQUEST_BYTES = 1 << 20
# What lies between two parts is cheaper to receive than a request of its own.
_GAP_BYTES = 64 << 10
_GUESSED_BYTES = 512 << 10
_IN_FLIGHT = 16


@dataclass(frozen=True, order=True)
class Part:
    """Bytes ``start`` to before ``stop`` of the file at ``url``; all of it where stop is None."""

    url: str
    start: int = 0
    stop: int | None = None

    @property
    def size(self) -> int:
        """Its bytes, guessed for a whole file."""
        return _GUESSED_BYTES if self.stop is None else self.stop - self.start


class ReadAhead:
    """Parts of files, fetched in the order in which they are expected, before they are taken.

    Memory: 4 windows of 16 MB, besides what the takers hold; of whole files, whose size is not
    known beforehand, a window has 32.
    """

    def __init__(self, fetch: Callable[[Part], bytes]) -> None:
        """``fetch`` gets one part, or raises; several threads call it."""
        self._fetch = fetch
        self._pool = ThreadPoolExecutor(_IN_FLIGHT, "ahead")
        self._lock = Lock()
        self._expected: dict[Part, deque[_Window]] = defaultdict(deque)
        self._waiting: deque[_Window] = deque()
        self._begun: list[_Window] = []

    def expect(self, parts: Sequence[Part]) -> None:
        """Hear which parts will be taken next, in this order, each as often as it stands there."""
        with self._lock:
            for window in map(_Window, _windows(parts)):
                self._waiting.append(window)
                for part in window.parts:
                    self._expected[part].append(window)
            self._begin_more()

    def take(self, part: Part) -> bytes:
        """A part's bytes, waited for if need be; what was not expected is fetched at once."""
        with self._lock:
            window = self._expected[part].popleft() if part in self._expected else None
            if window is not None:
                if not self._expected[part]:
                    del self._expected[part]
                # Not left to its turn: no taker waits for another, so that none waits for ever.
                self._begin(window)
        if window is None:
            return self._fetch(part)
        try:
            return window.bytes_of(part)
        finally:
            with self._lock:
                self._use_up(window)

    def close(self) -> None:
        """Ask for nothing more."""
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
        if window.answers:
            return
        self._waiting.remove(window)
        self._begun.append(window)
        window.answers = [self._pool.submit(self._fetch, part) for part in window.requests]


class _Window:
    """Parts that are fetched together, in as few requests as they allow."""

    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts
        self.left = len(parts)
        self.requests: list[Part] = []
        self.answers: list[Future[bytes]] = []
        self._request_of: dict[Part, int] = {}
        for group in _coalesced(sorted(set(parts))):
            self._request_of.update(dict.fromkeys(group, len(self.requests)))
            self.requests.append(Part(group[0].url, group[0].start, group[-1].stop))

    def bytes_of(self, part: Part) -> bytes:
        request = self._request_of[part]
        data = self.answers[request].result()
        if part.stop is None:
            return data
        first = self.requests[request].start
        return data[part.start - first : part.stop - first]


def _windows(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """Parts in their order, cut where a window is full."""
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
    """Sorted parts, those together that lie close enough for one request."""
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
