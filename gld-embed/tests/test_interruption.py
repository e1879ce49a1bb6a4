"""Ctrl-C while the run waits for a server that never responds."""

import signal
import socket
import subprocess
import time

import pytest
from gld_shared.testing import program

SECONDS = 20  # far less than the 60 until a silent server is given up


@pytest.fixture
def silent():
    """A server that accepts connections and never responds."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        yield server


def url_of(server: socket.socket) -> str:
    return f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("images", ["photos", "x.tar"])
def test_ctrl_c(collection, silent, images):
    collection.make(60)
    command = [
        *(program("gld-embed"), str(collection.folder / "list.tsv"), "-c", "pixels:4"),
        *("--images", f"{url_of(silent)}/{images}", "-o", str(collection.store("x.zarr"))),
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    with silent.accept()[0]:
        time.sleep(1)  # until all threads wait: Python may miss a signal as a wait begins
        process.send_signal(signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=SECONDS)
        finally:
            process.kill()
    assert (process.returncode, errors) == (130, "\nError: interrupted\n")
