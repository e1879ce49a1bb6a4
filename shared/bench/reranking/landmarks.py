"""Made-up landmarks in regions, whose nearest references are known to be in their own region.

An image's vector is a mixture of its region's, its landmark's, and its own random direction. Images
of a landmark have a similarity of about 0.7, those of a region 0.3, all others 0. So neighbours are
found region by region, exactly and fast, which a sample of rows confirms.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from gld_shared.neighbours import write_neighbours
from gld_shared.provenance import history_of
from gld_shared.search.topk import topk, topk_arrays
from gld_shared.store import EmbeddingStore, StoreSpec, StoreWriter, open_store
from gld_shared.tables import LIST, Table, write_table
from storing.stores import make_folder

DIMENSION = 512
REGIONS, LANDMARKS, IMAGES = 500, 40, 20  # landmarks of a region, references of a landmark
REFERENCES = REGIONS * LANDMARKS * IMAGES
QUERIES, INDEX = 1_129, 78_959
COUNTRIES = 50
_MIXTURE = np.sqrt([0.3, 0.4, 0.3]).astype(np.float32)


@dataclass(frozen=True)
class Landmarks:
    """Stores of queries, index and references, and the files that rerank them."""

    folder: Path
    queries: EmbeddingStore
    index: EmbeddingStore
    references: EmbeddingStore
    labels: Path
    graph: Path
    tags: Path
    query_tags: Path

    @property
    def neighbours(self) -> Table:
        """A table that names the stores, with a neighbour for each query."""
        rows = pl.DataFrame(
            {
                "query_id": self.queries.ids.take(np.arange(self.queries.n)),
                "index_id": self.index.ids.take(np.zeros(self.queries.n, np.int64)),
                "rank": pl.Series([1] * self.queries.n, dtype=pl.Int32),
                "score": pl.Series([0.5] * self.queries.n, dtype=pl.Float32),
            }
        )
        header = {"queries": [str(self.queries.path)], "index": [str(self.index.path)]}
        return Table(rows, header)

    def close(self) -> None:
        """Remove all files."""
        shutil.rmtree(self.folder)


def make_landmarks(regions: int = REGIONS, index: int = INDEX) -> Landmarks:
    """Draw images of landmarks, and find the graph of the references, and tags of both sides."""
    folder, random = make_folder(), np.random.default_rng(0)
    places = _unit(random.standard_normal((regions, DIMENSION), dtype=np.float32))
    shape = (regions * LANDMARKS, DIMENSION)
    landmarks = _unit(random.standard_normal(shape, dtype=np.float32))

    def store_of(name: str, labels: np.ndarray) -> EmbeddingStore:
        ids = pl.Series([f"{name}{row:07}" for row in range(len(labels))])
        attributes = {"checkpoint": {"path": "made up", "sha256": "0"}, "history": []}
        writer = StoreWriter.open(
            folder / f"{name}.zarr", StoreSpec(ids, DIMENSION, attributes=attributes)
        )
        for chunk in range(writer.chunks):
            of = labels[writer.rows_of(chunk).start : writer.rows_of(chunk).stop]
            own = _unit(random.standard_normal((len(of), DIMENSION), dtype=np.float32))
            parts = places[of // LANDMARKS], landmarks[of], own
            vectors = sum(share * part for share, part in zip(_MIXTURE, parts, strict=True))
            writer.write_chunk(chunk, _unit(vectors))
        return open_store(writer.finish())

    of_references = np.repeat(np.arange(regions * LANDMARKS), IMAGES)
    of_index = np.sort(random.integers(0, regions * LANDMARKS, index))
    references = store_of("references", of_references)
    of_queries = np.sort(random.integers(0, regions * LANDMARKS, QUERIES))
    queries = store_of("queries", of_queries)
    store = store_of("index", of_index)
    labels = folder / "references.tsv"
    rows = pl.DataFrame(
        {
            "id": references.ids.take(np.arange(references.n)),
            "path": pl.Series(["x.jpg"] * references.n),
            "label": of_references,
            "country": pl.Series(of_references % COUNTRIES).cast(pl.String),
        }
    )
    write_table(labels, LIST, rows, {"history": []})
    graph = _graph(folder / "graph.zarr", references)
    tags = _tags(folder / "tags.zarr", store, references, of_index // LANDMARKS, 1)
    of_regions = of_queries // LANDMARKS
    query_tags = _tags(folder / "query-tags.zarr", queries, references, of_regions, 30)
    return Landmarks(folder, queries, store, references, labels, graph, tags, query_tags)


def some_rows(store: EmbeddingStore, count: int) -> EmbeddingStore:
    """Write ``count`` rows of a store, evenly spread, to a store beside it."""
    rows = np.linspace(0, store.n - 1, count).astype(np.int64)
    path = store.path.with_name(f"some-{store.path.name}")
    spec = StoreSpec(store.ids.take(rows), DIMENSION, attributes=store.attributes)
    writer = StoreWriter.open(path, spec)
    for chunk in range(writer.chunks):
        of = writer.rows_of(chunk)
        writer.write_chunk(chunk, store.read(rows[of.start : of.stop]))
    return open_store(writer.finish())


def _graph(path: Path, store: EmbeddingStore) -> Path:
    rows, scores = np.empty((store.n, 30), np.int64), np.empty((store.n, 30), np.float32)
    size = LANDMARKS * IMAGES
    for start in range(0, store.n, size):
        vectors = store.read(slice(start, start + size))
        best, near = topk_arrays(vectors, vectors, 31)
        own = near == np.arange(size)[:, None]
        assert own.any(axis=1).all()
        rows[start : start + size] = start + near[~own].reshape(size, 30)
        scores[start : start + size] = best[~own].reshape(size, 30)
    sample = np.random.default_rng(1).choice(store.n, 32, replace=False)
    _, found = topk(store.read(sample), store, 31)
    for row, near in zip(sample, found, strict=True):
        assert near[near != row].tolist() == rows[row].tolist()
    return _written(path, store, store, rows, scores, False)


def _tags(
    path: Path, images: EmbeddingStore, references: EmbeddingStore, regions: np.ndarray, k: int
) -> Path:
    rows, scores = np.empty((images.n, k), np.int64), np.empty((images.n, k), np.float32)
    size = LANDMARKS * IMAGES
    for region in np.unique(regions):
        part = slice(*np.searchsorted(regions, [region, region + 1]))
        start = region * size
        vectors = references.read(slice(start, start + size))
        scores[part], near = topk_arrays(images.read(part), vectors, k)
        rows[part] = start + near
    sample = np.random.default_rng(1).choice(images.n, 32, replace=False)
    assert topk(images.read(sample), references, k)[1].tolist() == rows[sample].tolist()
    return _written(path, images, references, rows, scores, True)


def _written(
    path: Path,
    queries: EmbeddingStore,
    index: EmbeddingStore,
    rows: np.ndarray,
    scores: np.ndarray,
    keep_self: bool,
) -> Path:
    """Write neighbours as gld-search does."""
    attributes = {
        "queries": [str(queries.path)],
        "index": [str(index.path)],
        "k": rows.shape[1],
        "keep_self": keep_self,
        "history": history_of("gld-search", [], [queries, index]),
    }
    return write_neighbours(path, rows, scores, attributes)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
