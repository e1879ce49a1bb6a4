"""Messages between processes: objects, arrays and bytes, over a socket."""

import os
import pathlib
import pickle
import signal
import socket
import threading

import numpy as np
import pytest
from gld_shared.errors import DataError
from gld_shared.images.decoder_process.messages import receive, send
from gld_shared.images.header import JpegHeader


@pytest.fixture
def sockets():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def passed(sockets, message):
    """Send a message in a thread, since it may be larger than the socket's buffer; receive it."""
    thread = threading.Thread(target=send, args=(sockets[0], message))
    thread.start()
    received = receive(sockets[1])
    thread.join()
    return received


@pytest.mark.parametrize("message", [None, (len, ("a", 1)), b"", b"x" * 3_000_000, {"a": [1.5]}])
def test_objects(sockets, message):
    assert passed(sockets, message) == message


@pytest.mark.parametrize("length", [0, 1, 3_000_000])
def test_bytes_stay_bytes(sockets, length):
    data = bytes(length)
    received = passed(sockets, (pickle.PickleBuffer(data), "rest"))
    assert received == (data, "rest")
    assert type(received[0]) is bytes


@pytest.mark.parametrize("shape", [(0, 3), (2, 3, 3), (1000, 900, 3)])
def test_arrays_can_be_written(sockets, shape):
    array = np.arange(np.prod(shape), dtype=np.int64).astype(np.uint8).reshape(shape)
    received = passed(sockets, {"pixels": array, "turned": array.T})
    assert np.array_equal(received["pixels"], array)
    assert np.array_equal(received["turned"], array.T)
    assert received["pixels"].flags.writeable


def test_the_end_of_the_other_process(sockets):
    ours, theirs = sockets
    ours.sendall(b"\1\0")
    ours.close()
    with pytest.raises(EOFError):
        receive(theirs)


def test_signals_in_the_middle_of_a_message(sockets):
    """A signal ends the wait for all bytes early; the rest is received after it."""
    data = np.random.default_rng(0).bytes(3_000_000)
    signals = []
    before = signal.signal(signal.SIGALRM, lambda *_: signals.append(1))
    # The timer stops the sender's system calls, too, and the threads wait for each other.
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.0005)
    try:
        for _ in range(20):
            assert passed(sockets, pickle.PickleBuffer(data)) == data
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert signals


@pytest.mark.parametrize("sent", [os.system, pathlib.Path("x"), eval])
def test_a_command_takes_nothing_but_data(sent):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        send(theirs, (True, sent))
        with pytest.raises(
            pickle.UnpicklingError, match=r"^a decoder process sent .*, expected data$"
        ):
            receive(ours, data_only=True)


def test_a_command_takes_arrays_errors_and_objects_of_gld():
    ours, theirs = socket.socketpair()
    answer = (np.ones((2, 3), np.uint16)[:, ::2], np.float32(1.5), JpegHeader((3, 4), 1))
    with ours, theirs:
        send(theirs, answer)
        array, number, header = receive(ours, data_only=True)
        send(theirs, DataError("cut short"))
        assert str(receive(ours, data_only=True)) == "cut short"
    assert (array.tolist(), number, header) == ([[1, 1], [1, 1]], 1.5, answer[2])
