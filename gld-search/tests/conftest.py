"""Stores large enough that a search of them can be killed, and commands that search them."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from gld_shared.store import write_store
from gld_shared.testing import run, start, wait_for_units, written_units

QUERIES, IMAGES, DIMENSION = 8192, 40_000, 128


@dataclass(frozen=True)
class LongSearch:
    """``stores`` has ``q.zarr`` and ``i.zarr``, whose search has 16 units; ``folder``, outputs."""

    stores: Path
    folder: Path
    options: tuple[str, ...] = ("--device", "cpu")

    def command(self, output: str, *more: str) -> list[str]:
        stores = (str(self.stores / "q.zarr"), "--index", str(self.stores / "i.zarr"))
        output = str(self.folder / output)
        return ["gld-search", *stores, "-k", "10", *self.options, "-o", output, *more]

    def start(self, output: str, *more: str, **environment: str) -> subprocess.Popen[str]:
        return start(self.command(output, *more), environment)

    def make(self, output: str, *more: str) -> Path:
        """Search in this process, undisturbed."""
        result = run(self.command(output, *more))
        assert (result.exit_code, result.output) == (0, ""), result.output
        return self.folder / output

    def written(self, output: str) -> dict[str, int]:
        """Return the time at which each complete unit was written, finished or not."""
        # A unit's scores are written last.
        return written_units(self.folder / output, "scores")

    @staticmethod
    def begun(messages: str) -> int:
        """Count the units that a process with -vv began."""
        return len(re.findall(r"^gld-search: unit \d+ of 16$", messages, re.MULTILINE))

    def wait_for_units(self, process: subprocess.Popen[str], output: str, count: int) -> None:
        wait_for_units(process, self.folder / output, "scores", count)


@pytest.fixture(scope="session")
def long_stores(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("stores")
    for seed, (name, count) in enumerate((("q", QUERIES), ("i", IMAGES))):
        vectors = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        attributes = {"checkpoint": {"path": "random:none", "sha256": "0"}, "normalized": True}
        write_store(folder / f"{name}.zarr", [f"{name}{n}" for n in range(count)], vectors,
                    {**attributes, "history": []})  # fmt: skip
    return folder


@pytest.fixture
def long_search(tmp_path, long_stores) -> LongSearch:
    return LongSearch(long_stores, tmp_path)


@pytest.fixture(scope="session")
def quiet(tmp_path_factory, long_stores) -> Path:
    """Return the neighbours that one process makes without interruption."""
    return LongSearch(long_stores, tmp_path_factory.mktemp("quiet")).make("n.zarr")
