"""Recognising that memory ran out: of a GPU, or of this machine."""

from collections.abc import Iterator
from contextlib import contextmanager

from gld_shared.errors import DataError

# torch, oneDNN and OpenVINO raise plain RuntimeErrors for memory of this machine: "not enough
# memory: you tried to allocate", "can't allocate memory", "std::bad_alloc". A size whose product
# does not fit 64 bits fits no memory either.
_SIGNS = (
    "you tried to allocate",
    "allocate memory",
    "out of memory",
    "bad_alloc",
    "failed to allocate",
    "storage size calculation overflowed",
    "can't start new thread",
    "resource temporarily unavailable",  # a thread, in OpenVINO
    "could not create a primitive",  # oneDNN
)
_UNMAPPED = "failed to map segment"  # a library that cannot be loaded


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error means that a GPU's or this machine's memory is used up."""
    if isinstance(error, MemoryError):
        return True
    # torch.OutOfMemoryError, for GPUs, is a RuntimeError too: this module needs no torch.
    text = str(error).lower()
    if isinstance(error, OSError | ImportError):
        return _UNMAPPED in text
    return isinstance(error, RuntimeError) and any(sign in text for sign in _SIGNS)


@contextmanager
def out_of_memory_as(message: str) -> Iterator[None]:
    """Raise DataError with ``message``, which names the remedy, if the block lacks memory."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise DataError(message) from error
