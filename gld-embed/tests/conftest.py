"""A folder of pictures, and commands that embed them, each in its own process."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import simplejpeg
from gld_shared.tables import LIST, write_table
from gld_shared.testing import run, start, wait_for_units, written_units


@dataclass(frozen=True)
class Collection:
    """``folder`` has ``photos``, ``list.tsv``, and the stores that are made."""

    folder: Path
    options: tuple[str, ...] = ("-j", "1", "--device", "cpu")

    def make(self, n: int) -> None:
        """Make ``n`` pictures of noise, and their list."""
        (self.folder / "photos").mkdir()
        for number in range(n):
            pixels = np.random.default_rng(number).integers(0, 256, (40, 50, 3), dtype=np.uint8)
            data = simplejpeg.encode_jpeg(pixels, colorspace="RGB")
            self.photo(number).write_bytes(data)
        columns = {"id": [f"x{i}" for i in range(n)], "path": [f"{i}.jpg" for i in range(n)]}
        write_table(self.folder / "list.tsv", LIST, pl.DataFrame(columns), {"history": []})

    def photo(self, number: int) -> Path:
        return self.folder / "photos" / f"{number}.jpg"

    def store(self, name: str) -> Path:
        return self.folder / name

    def command(self, output: str, *more: str) -> list[str]:
        return [
            *("gld-embed", str(self.folder / "list.tsv")),
            *("-c", "random:efficientnet_lite0", "--images", str(self.folder / "photos")),
            *("-o", str(self.store(output)), "--size", "32", *self.options, *more),
        ]

    def start(self, output: str, *more: str, **environment: str) -> subprocess.Popen[str]:
        return start(self.command(output, *more), environment)

    def embed(self, output: str) -> Path:
        """Make a store in this process, undisturbed."""
        result = run(self.command(output))
        assert result.exit_code == 0, result.output
        return self.store(output)

    def written(self, output: str) -> dict[str, int]:
        """Return the time at which each chunk of a store, finished or not, was written."""
        return written_units(self.store(output), "vectors")

    def wait_for_chunks(self, process: subprocess.Popen[str], output: str, count: int) -> None:
        wait_for_units(process, self.store(output), "vectors", count)


@pytest.fixture
def collection(tmp_path) -> Collection:
    return Collection(tmp_path)
