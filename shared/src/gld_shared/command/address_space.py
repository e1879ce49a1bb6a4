"""The check that the limit of a process's address space (ulimit -v) leaves room for libraries.

Their allocators end the process, or make it wait for ever, in place of an error.
"""

import resource

from gld_shared.errors import DataError

# What polars and numpy reserve, measured; memory that is really used is less.
_LIBRARIES = 1 << 30
# The same for torch, whose libraries alone are 3 GB.
_WITH_TORCH = 5 * 10**9
_TORCH_TOOLS = ("gld-embed", "gld-train")


def refuse_small_address_space(tool: str) -> None:
    """Raise DataError when the limit is lower than the libraries of a tool need."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    needed = _WITH_TORCH if tool in _TORCH_TOOLS else _LIBRARIES
    if limit != resource.RLIM_INFINITY and limit < needed:
        raise DataError(
            f"the limit of memory is {limit >> 20:,} MiB (ulimit -v {limit >> 10}), expected at "
            f"least {needed >> 20:,} MiB for the libraries of {tool}; raise it (ulimit -v "
            f"{needed >> 10}, or unlimited)"
        )
