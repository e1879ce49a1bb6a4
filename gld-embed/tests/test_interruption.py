"""Ctrl-C while the run waits for a server that never responds."""

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from gld_shared.testing import program

SECONDS = 20  # far below the 60 seconds after which a silent server is given up


@contextmanager
def silent_server() -> Iterator[socket.socket]:
    """A server that accepts connections and never responds."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        yield server


def started(collection, server: socket.socket, images: str) -> subprocess.Popen[str]:
    url = f"http://127.0.0.1:{server.getsockname()[1]}/{images}"
    command = [
        *(program("gld-embed"), str(collection.folder / "list.tsv"), "-c", "pixels:4"),
        *("--images", url, "-o", str(collection.store(f"{images}.zarr"))),
    ]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("images", ["photos", pytest.param("x.tar", marks=pytest.mark.slow)])
def test_ctrl_c(collection, images):
    collection.make(60)
    with silent_server() as server:
        interrupt(started(collection, server, images), server)


def interrupt(process: subprocess.Popen[str], server: socket.socket) -> None:
    with server.accept()[0]:
        time.sleep(1)  # until all threads wait: Python may miss a signal just before a wait
        process.send_signal(signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=SECONDS)
        finally:
            process.kill()
    assert (process.returncode, errors) == (130, "\nError: interrupted\n")
