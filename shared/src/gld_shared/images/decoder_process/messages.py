"""Messages between a command and its decoder processes; files and pixels travel without a copy."""

import io
import pickle
import socket
import struct
from typing import Any

import numpy as np

_COUNT = struct.Struct("=I")
_PART = struct.Struct("=?Q")  # whether it is read-only, and its length
# The functions by which numpy unpickles arrays and numbers.
_OF_NUMPY = {"_frombuffer", "_reconstruct", "dtype", "ndarray", "scalar"}


def send(connection: socket.socket, message: object) -> None:
    """Send an object. Raises OSError if the other process has ended.

    Arrays, and bytes within a ``pickle.PickleBuffer``, are not copied.
    """
    buffers: list[pickle.PickleBuffer] = []
    body = pickle.dumps(message, protocol=5, buffer_callback=buffers.append)
    parts = [memoryview(body), *(buffer.raw() for buffer in buffers)]
    sizes = b"".join(_PART.pack(part.readonly, len(part)) for part in parts)
    connection.sendall(_COUNT.pack(len(parts)) + sizes)
    for part in parts:
        connection.sendall(part)


class _DataOnly(pickle.Unpickler):
    """Makes arrays, exceptions of Python and objects of gld, and calls nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        """Return a type or function that a message names."""
        package = module.partition(".")[0]
        if package in {"builtins", "numpy"} or package.startswith("gld_"):
            found = super().find_class(module, name)
            is_type = isinstance(found, type) and (
                package.startswith("gld_") or issubclass(found, BaseException)
            )
            if is_type or (package == "numpy" and name in _OF_NUMPY):
                return found
        raise pickle.UnpicklingError(f"a decoder process sent {module}.{name}, expected data")


def receive(connection: socket.socket, data_only: bool = False) -> Any:
    """Receive an object. Raises EOFError if the other process has ended.

    ``data_only`` is for a command: a decoder that an image has taken over must not run code there.
    Raises pickle.UnpicklingError for anything but data.
    """
    (count,) = _COUNT.unpack(_take_bytes(connection, _COUNT.size))
    sizes = _PART.iter_unpack(_take_bytes(connection, count * _PART.size))
    body, *buffers = [
        _take_bytes(connection, length) if is_read_only else _take(connection, length)
        for is_read_only, length in sizes
    ]
    unpickler = _DataOnly if data_only else pickle.Unpickler
    return unpickler(io.BytesIO(body), buffers=buffers).load()


def _take_bytes(connection: socket.socket, length: int) -> bytes:
    # One call returns all, without a copy, unless a signal interrupts it.
    data = connection.recv(length, socket.MSG_WAITALL)
    if length and not data:
        raise EOFError
    return data if len(data) == length else data + _take(connection, length - len(data))


def _take(connection: socket.socket, length: int) -> memoryview:
    data = np.empty(length, np.uint8).data  # unlike a bytearray not cleared first
    rest = data
    while rest:
        received = connection.recv_into(rest)
        if not received:
            raise EOFError
        rest = rest[received:]
    return data
