"""The check that the limits of a process (ulimit -v, -n) leave room for libraries.

Under lower ones, their allocators end the process or make it wait for ever, and their processes die
without a word, in place of an error.
"""

import resource

from gld_shared.errors import DataError

# What polars and numpy reserve, measured; memory that is really used is less.
_LIBRARIES = 1 << 30
# The same for torch, whose libraries alone are 3 GB.
_WITH_TORCH = 5 * 10**9
# With 22, workers of gld-train die; the rest is a margin.
_OPEN_FILES = 64
_TORCH_TOOLS = ("gld-embed", "gld-train")


def refuse_low_limits(tool: str) -> None:
    """Raise DataError when a limit is lower than the libraries of a tool need."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files != resource.RLIM_INFINITY and files < _OPEN_FILES:
        raise DataError(
            f"the limit of open files is {files} (ulimit -n), expected at least {_OPEN_FILES}; "
            f"raise it (ulimit -n {_OPEN_FILES}, or more for many workers)"
        )
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    needed = _WITH_TORCH if tool in _TORCH_TOOLS else _LIBRARIES
    if limit != resource.RLIM_INFINITY and limit < needed:
        raise DataError(
            f"the limit of memory is {limit >> 20:,} MiB (ulimit -v {limit >> 10}), expected at "
            f"least {needed >> 20:,} MiB for the libraries of {tool}; raise it (ulimit -v "
            f"{needed >> 10}, or unlimited)"
        )
