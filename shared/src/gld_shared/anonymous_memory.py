"""The memory of this process that no file holds."""

from pathlib import Path

_STATUS = Path("/proc/self/status")
# Where the system does not tell: an interpreter with numpy and polars.
_USUAL = 150_000_000


def anonymous_memory() -> int:
    """Return the bytes of anonymous memory that are resident now (Linux's RssAnon)."""
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return _USUAL
    sizes = [int(line.split()[1]) for line in lines if line.startswith("RssAnon:")]
    return 1024 * sizes[0] if sizes else _USUAL
