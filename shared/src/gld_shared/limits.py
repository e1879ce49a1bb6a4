"""The limits of a machine that a run may meet: their errors, and what a user can do."""

import errno
import re

_REMEDIES = {
    errno.ENOSPC: "make room there, or name another place",
    errno.EDQUOT: "make room there, or name another place",
    errno.EFBIG: "raise the limit of a file's size (ulimit -f), or name another file system",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
    errno.ENFILE: "close other programs: the whole system has too many files open",
    errno.EBADF: "if it is closed, redirect it to a file, a pipe or /dev/null",
    errno.EROFS: "name another place",
}
# Libraries in Rust, such as polars, have the number of a system's error in the text of theirs.
_RUST_ERROR = re.compile(r"\(os error (\d+)\)|Os \{ code: (\d+)")
_NO_THREAD = "can't start new thread"
NO_THREAD = (
    "no further thread can be started; raise the limits of processes (ulimit -u) and memory "
    "(ulimit -v), or use fewer workers (-j)"
)
NO_PROCESS = "no further process can be started; raise the limit of processes (ulimit -u)"


def remedy_of(error: BaseException | None) -> str:
    """Return the remedy for a system's error, or for the one that caused an error; else ""."""
    while error is not None:
        if remedy := _REMEDIES.get(_number_of(error), ""):
            return remedy
        error = error.__cause__
    return ""


def _number_of(error: BaseException) -> int:
    if isinstance(error, OSError):
        return error.errno or 0
    found = _RUST_ERROR.search(str(error))
    return int(found[1] or found[2]) if found else 0


def is_write_error(error: OSError) -> bool:
    """Return whether an OSError is of writing to an open file, which it does not name."""
    writing = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
    return error.filename is None and error.errno in writing


def refuses_thread(error: BaseException) -> bool:
    """Return whether an error means that the system starts no further thread."""
    return isinstance(error, RuntimeError) and _NO_THREAD in str(error)
