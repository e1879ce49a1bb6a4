"""Drawn photographs of flat scenes, from several viewpoints, with their lists, stores and table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import polars as pl
import pytest
from gld_shared.sha256 import sha256
from gld_shared.store import write_store
from gld_shared.tables import LIST, NEIGHBOURS, write_table
from gld_shared.testing import run

SIDES = (160, 200)


def scene(seed: int) -> np.ndarray:
    """Blobs of all sizes, different for each seed, (h, w, 3) uint8."""
    generator = np.random.default_rng(seed)
    layers = [
        cv2.resize(generator.normal(size=(rows, rows, 3)), SIDES[::-1]) for rows in (8, 16, 32, 64)
    ]
    return np.clip(128 + 40 * sum(layers), 0, 255).astype(np.uint8)


def view(picture: np.ndarray, degrees: float) -> np.ndarray:
    """Turn a scene about its centre, and move it a little."""
    height, width = picture.shape[:2]
    motion = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 0.95)
    motion[:, 2] += (3, -2)
    return cv2.warpAffine(picture, motion, (width, height), borderMode=cv2.BORDER_REFLECT)


@dataclass(frozen=True)
class Album:
    """A folder of photographs, the table of the queries' neighbours, and the lists."""

    photos: Path
    table: Path
    queries: Path
    index: Path

    @property
    def command(self) -> list[str | Path]:
        """The command that verifies the table, in this process."""
        return ["gld-rerank", "spatial", self.table, "--images", self.photos, "-j", "1"]

    def rows(self, *options: str | Path) -> dict[str, list[tuple[str, float]]]:
        """Verify the table, which must succeed, and return images and scores by query."""
        result = run([*self.command, *options])
        assert result.exit_code == 0, result.stderr
        found: dict[str, list[tuple[str, float]]] = {}
        for line in result.stdout.splitlines()[2:]:
            query, image, _, score = line.split("\t")
            found.setdefault(query, []).append((image, round(float(score), 4)))
        return found

    @property
    def stores(self) -> list[Path]:
        """The stores of SIFT keypoints, of the queries and of the index."""
        folder = self.queries.parent
        return [folder / f"{name}.sift.keypoints" for name in ("queries", "index")]


def write_list(path: Path, ids: Sequence[str], **columns: Sequence[object]) -> Path:
    rows = pl.DataFrame({"id": list(ids), "path": [f"{each}.png" for each in ids], **columns})
    write_table(path, LIST, rows, {"history": []})
    return path


def write_vectors(path: Path, ids: Sequence[str], images: Path) -> Path:
    attributes = {
        "checkpoint": {"path": "random:none", "sha256": "0"},
        "list": {"path": str(images), "sha256": sha256(images)},
        "history": [],
    }
    return write_store(path, ids, np.eye(len(ids), 4), attributes, dtype="float32")


def write_candidates(
    path: Path, queries: Path, index: Path, found: dict[str, Sequence[str]]
) -> Path:
    """Write the neighbours of each query, best first, with scores 0.9, 0.8 and so on."""
    rows = pl.DataFrame(
        [
            (query, name, rank + 1, 0.9 - 0.1 * rank)
            for query, names in found.items()
            for rank, name in enumerate(names)
        ],
        schema=NEIGHBOURS.columns,
        orient="row",
    )
    header = {"queries": [str(queries)], "index": [str(index)], "history": []}
    write_table(path, NEIGHBOURS, rows, header)
    return path


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Views ``a0 a1 a2`` of one scene, ``b0 b1`` of another, ``c0`` of a third, and ``blank``."""
    folder = tmp_path_factory.mktemp("photos")
    for number, (name, views) in enumerate({"a": 3, "b": 2, "c": 1}.items()):
        for turn in range(views):
            pixels = view(scene(number), 12.0 * turn)
            cv2.imwrite(str(folder / f"{name}{turn}.png"), pixels)
    cv2.imwrite(str(folder / "blank.png"), np.full((*SIDES, 3), 200, np.uint8))
    return folder


@pytest.fixture
def album(photos: Path, tmp_path: Path) -> Callable[[dict[str, Sequence[str]]], Album]:
    """From neighbours to an album of the queries and all their candidates."""

    def make(found: dict[str, Sequence[str]]) -> Album:
        index_ids = sorted({name for names in found.values() for name in names})
        queries = write_list(tmp_path / "queries.tsv", list(found))
        index = write_list(tmp_path / "index.tsv", index_ids)
        stores = (
            write_vectors(tmp_path / "q.zarr", list(found), queries),
            write_vectors(tmp_path / "i.zarr", index_ids, index),
        )
        table = write_candidates(tmp_path / "n.tsv", *stores, found)
        return Album(photos, table, queries, index)

    return make
