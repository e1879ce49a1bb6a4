"""Messages between a command and its decoder processes; arrays travel without being pickled."""

import pickle
import socket
import struct
from typing import Any

import numpy as np

_COUNT, _LENGTH = struct.Struct("=I"), struct.Struct("=Q")


def send(connection: socket.socket, message: object) -> None:
    """Send an object. Raises OSError if the other process has ended."""
    arrays: list[pickle.PickleBuffer] = []
    body = pickle.dumps(message, protocol=5, buffer_callback=arrays.append)
    parts: list[bytes | memoryview] = [body, *(array.raw() for array in arrays)]
    lengths = b"".join(_LENGTH.pack(len(part)) for part in parts)
    connection.sendall(_COUNT.pack(len(parts)) + lengths)
    for part in parts:
        connection.sendall(part)


def receive(connection: socket.socket) -> Any:
    """Receive an object. Raises EOFError if the other process has ended."""
    (count,) = _COUNT.unpack(_take(connection, _COUNT.size))
    lengths = _take(connection, count * _LENGTH.size)
    body, *arrays = [_take(connection, length) for (length,) in _LENGTH.iter_unpack(lengths)]
    return pickle.loads(body, buffers=arrays)


def _take(connection: socket.socket, length: int) -> memoryview:
    data = np.empty(length, np.uint8).data  # unlike a bytearray not cleared first
    rest = data
    while rest:
        received = connection.recv_into(rest)
        if not received:
            raise EOFError
        rest = rest[received:]
    return data
