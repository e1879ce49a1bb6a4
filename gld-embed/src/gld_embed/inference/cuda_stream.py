"""CUDA streams: each thread has its own, so that its operations do not wait for others'."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import local

import torch

_of_thread = local()


@contextmanager
def own_stream(device: torch.device) -> Iterator[None]:
    """Run the block's operations on the calling thread's stream; on the CPU, run it as it is.

    At the end of the block its results are complete, and any other stream may use them.
    """
    if device.type != "cuda":
        yield
        return
    if not hasattr(_of_thread, "streams"):
        _of_thread.streams = {}
    if device not in _of_thread.streams:
        stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        _of_thread.streams[device] = stream
    with torch.cuda.stream(_of_thread.streams[device]):
        yield
        _of_thread.streams[device].synchronize()
