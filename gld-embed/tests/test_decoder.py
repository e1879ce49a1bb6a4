"""The decoder and its source: the order of reading, and errors."""

import threading
import time
from pathlib import Path

import polars as pl
import pytest
from gld_embed.images.decoder import Decoder
from gld_embed.job import Job
from gld_embed.timing import EmbeddingTimes
from gld_shared.images.settings import ImageSettings
from gld_shared.images.sources import SourceError
from gld_shared.work.units import Unit

SECONDS = 20  # far below the 60 seconds after which a silent server is given up


def test_a_unit_is_announced_before_the_last_rows_of_the_unit_before_are_read(tmp_path):
    rows = pl.DataFrame({"id": list("abcdef"), "path": list("abcdef")})
    job = Job(rows, "", tmp_path / "x.zarr", ImageSettings(8))
    heard: list[object] = []

    class Recorder:
        def expect(self, paths):
            heard.append(paths)

        def read(self, path):
            heard.append(path)
            return b""

        def name_of(self, path):
            return path

    images = Decoder(job, Recorder(), EmbeddingTimes(1)).images(
        [Unit(0, range(4)), Unit(1, range(4, 6))]
    )
    assert [(image.unit.number, image.row) for image in images] == [
        (0, 0), (0, 1), (0, 2), (0, 3), (1, 4), (1, 5)
    ]  # fmt: skip
    assert heard == [list("abcd"), "a", "b", list("ef"), "c", "d", "e", "f"]


class OneFails:
    """A source whose first image fails, and whose other images never arrive."""

    def __init__(self):
        self.closed = threading.Event()

    def expect(self, paths):
        pass

    def read(self, path):
        if path == "0":
            raise SourceError("0: the server answered 403")
        assert self.closed.wait(60)
        raise SourceError(f"{path}: no longer requested")

    def name_of(self, path):
        return path

    def close(self):
        self.closed.set()


def test_an_error_does_not_wait_for_other_images():
    names = [str(number) for number in range(64)]
    job = Job(
        pl.DataFrame({"id": names, "path": names}), "", Path("x"), ImageSettings(8), workers=2
    )
    source = OneFails()
    decoder = Decoder(job, source, EmbeddingTimes(2))
    started = time.monotonic()
    with pytest.raises(SourceError) as caught:
        list(decoder.images([Unit(0, range(64))]))
    source.close()
    decoder.close()
    assert time.monotonic() - started < SECONDS
    assert str(caught.value) == "0: the server answered 403"
