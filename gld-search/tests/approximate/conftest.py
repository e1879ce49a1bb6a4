"""A clustered index as a whole and in three parts, and queries near its images."""

from itertools import pairwise

import numpy as np
import pytest
from gld_shared.store import write_store

IMAGES, QUERIES, DIMENSION = 3000, 150, 16
ENDS = [0, 1200, 2400, IMAGES]
ATTRIBUTES = {"checkpoint": {"path": "random:none", "sha256": "0"}, "normalized": True}


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(scope="session")
def images():
    """Unit vectors around 60 centres, (3000, 16)."""
    generator = np.random.default_rng(0)
    centres = generator.standard_normal((60, DIMENSION))
    noise = 0.5 * generator.standard_normal((IMAGES, DIMENSION))
    return unit(centres[generator.integers(0, 60, IMAGES)] + noise)


@pytest.fixture(scope="session")
def stores(tmp_path_factory, images):
    folder = tmp_path_factory.mktemp("stores")
    noise = 0.05 * np.random.default_rng(1).standard_normal((QUERIES, DIMENSION))
    queries = unit(images[:: IMAGES // QUERIES] + noise)
    names = [f"x{n}" for n in range(IMAGES)]
    # Some queries have the id of an index image.
    ids = [f"q{n}" if n % 2 else f"x{n * 7}" for n in range(QUERIES)]
    write_store(folder / "queries.zarr", ids, queries, ATTRIBUTES)
    write_store(folder / "index.zarr", names, images, ATTRIBUTES)
    for part, (start, end) in enumerate(pairwise(ENDS)):
        path = folder / f"p{part}.zarr"
        write_store(path, names[start:end], images[start:end], ATTRIBUTES)
    return folder


@pytest.fixture
def folder(stores, tmp_path, monkeypatch):
    """An own folder that holds links to the stores."""
    for store in stores.iterdir():
        (tmp_path / store.name).symlink_to(store)
    monkeypatch.chdir(tmp_path)
    return tmp_path
