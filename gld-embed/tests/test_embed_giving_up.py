"""A server that never answers: whatever ends the run ends the waiting for it."""

import signal
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest
from gld_embed.images.decoder import Decoder
from gld_embed.job import Job
from gld_shared.images.settings import ImageSettings
from gld_shared.images.sources import SourceError, remote_files
from gld_shared.images.sources.read_ahead import Part
from gld_shared.testing import program
from gld_shared.work.timing import Times

SECONDS = 20  # far less than the 60 until a silent server is given up


@pytest.fixture
def silent():
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        yield server


def url_of(server: socket.socket) -> str:
    return f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_closed_source_gives_up_what_is_under_way(silent):
    part = Part(f"{url_of(silent)}/x.jpg")
    asked = remote_files.Remote(part.url)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(asked.fetch, part)
        with silent.accept()[0]:
            asked.close()
            error = answer.exception(SECONDS)
    assert isinstance(error, SourceError)
    assert str(error) == f"{part.url}: not asked for any more"


@pytest.mark.parametrize("images", ["photos", "x.tar"])
def test_ctrl_c(collection, silent, images):
    collection.make(60)
    command = [
        *(program("gld-embed"), str(collection.folder / "list.tsv"), "-c", "pixels:4"),
        *("--images", f"{url_of(silent)}/{images}", "-o", str(collection.store("x.zarr"))),
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    with silent.accept()[0]:
        time.sleep(1)  # until all threads wait: Python may miss what comes as a wait begins
        process.send_signal(signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=SECONDS)
        finally:
            process.kill()
    assert (process.returncode, errors) == (130, "\nError: interrupted\n")


class OneFails:
    """A source whose first image cannot be fetched, and whose others do not come."""

    def __init__(self):
        self.closed = threading.Event()

    def expect(self, paths):
        pass

    def read(self, path):
        if path == "0":
            raise SourceError("0: the server answered 403")
        assert self.closed.wait(60)
        raise SourceError(f"{path}: not asked for any more")

    def name_of(self, path):
        return path

    def close(self):
        self.closed.set()


def test_an_error_does_not_wait_for_the_other_images():
    names = [str(number) for number in range(64)]
    job = Job(
        pl.DataFrame({"id": names, "path": names}), "", Path("x"), ImageSettings(8), workers=2
    )
    source = OneFails()
    decoder = Decoder(job, source, Times(2))
    started = time.monotonic()
    with pytest.raises(SourceError) as caught:
        list(decoder.images([(0, range(64))]))
    source.close()
    decoder.close()
    assert time.monotonic() - started < SECONDS
    assert str(caught.value) == "0: the server answered 403"
