"""Standard streams that the caller closed, or whose reader is gone."""

import os
import sys
from contextlib import suppress

# The mode of stdout does not let anything be written: data for a closed stream are an error.
_CLOSED = (("stdin", "r", os.O_RDONLY), ("stdout", "w", os.O_RDONLY), ("stderr", "w", os.O_WRONLY))


def replace_closed() -> None:
    """Open the null device in the place of each standard stream that is closed (``>&-``).

    Python has None there, and the next file to be opened would get the stream's number, and with it
    all that libraries print. Input is empty, messages are lost, and writing to standard output
    fails.
    """
    for number, (name, mode, flags) in enumerate(_CLOSED):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, flags)
            if opened != number and not _is_open(number):
                os.dup2(opened, number)
                os.close(opened)
                opened = number
            setattr(sys, name, os.fdopen(opened, mode, encoding="utf-8", errors="replace"))


def discard_unwritable() -> None:
    """Discard what standard output cannot take, so that Python's flush at the end does not fail."""
    try:
        sys.stdout.flush()
    except OSError:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
