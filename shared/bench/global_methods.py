"""``python shared/bench/global_methods.py [METHOD ...] [--images N ...]``: time and memory.

Runs the methods of gld-rerank as commands on 1,129 queries of a clustered index of 761,757 images
by 512, the sizes of the competition, and prints of each its time and the peak of its anonymous
memory, in which mapped files do not count. Landmark has 400,000 references. Graphs and tags are
made of each image's cluster: real ones take exact searches, of the index in itself about an hour of
two cores.
"""

import argparse
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from gld_shared.neighbours import write_neighbours
from gld_shared.provenance import history_of
from gld_shared.store import EmbeddingStore, StoreSpec, StoreWriter, open_store
from gld_shared.tables import LIST, NEIGHBOURS, write_table
from gld_shared.testing import program
from storing.stores import make_folder

QUERIES, DIMENSION, CLUSTERS, LINKS = 1_129, 512, 20_000, 50
PRIVATE_QUERIES, REFERENCES, COUNTRIES = 117_577, 400_000, 50
ATTRIBUTES = {"checkpoint": {"path": "bench", "sha256": "0"}, "normalized": True, "history": []}
_PAUSE = 0.02
LANDMARK = [
    "gld-rerank", "landmark", "plain.tsv", "--reference", "references.zarr", "--labels",
    "references.tsv",
]  # fmt: skip
TAGS, GRAPH = ["--tags", "tags.zarr"], ["--graph", "references-graph.zarr"]
METHODS: dict[str, list[str]] = {
    "search": ["gld-search", "queries.zarr", "--index", "index.zarr", "-k", "400"],
    "expand": ["gld-rerank", "expand", "plain.tsv"],
    "expand-2-rounds": ["gld-rerank", "expand", "plain.tsv", "--rounds", "2"],
    "superglobal": ["gld-rerank", "superglobal", "plain.tsv"],
    "fuse": ["gld-rerank", "fuse", "plain.tsv", "plain.tsv"],
    "fuse-117577": ["gld-rerank", "fuse", "private.tsv", "private.tsv"],
    "augment-graph": ["gld-rerank", "augment", "index.zarr", "--graph", "graph.zarr"],
    "reciprocal": ["gld-rerank", "reciprocal", "plain.tsv"],
    "reciprocal-graph": [
        "gld-rerank", "reciprocal", "plain.tsv", "--whole", "--graph", "graph.zarr"
    ],
    "diffuse-graph": ["gld-rerank", "diffuse", "plain.tsv", "--graph", "graph.zarr"],
    "explore-graph": ["gld-rerank", "explore", "plain.tsv", "--graph", "graph.zarr"],
    "propagate-graph": ["gld-rerank", "propagate", "plain.tsv", "--graph", "graph.zarr"],
    "landmark-tags": [*LANDMARK, *TAGS],
    "landmark-tags-graph": [*LANDMARK, *TAGS, *GRAPH],
    "landmark-all-given": [*LANDMARK, *TAGS, *GRAPH, "--query-tags", "query-tags.zarr"],
    "landmark": LANDMARK,
}  # fmt: skip
# Half an hour of two cores or more, so it is measured only by name.
LONG = {"landmark"}


def main() -> None:
    """Make the inputs, and run the named methods, or all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[2])
    parser.add_argument("methods", nargs="*", metavar="METHOD", help=" ".join(METHODS))
    sizes = {"nargs": "+", "type": int, "default": [761_757]}
    parser.add_argument("--images", **sizes, help="images of the index")
    chosen = parser.parse_args()
    if unknown := sorted(set(chosen.methods) - set(METHODS)):
        parser.error(f"unknown {', '.join(unknown)}; expected some of {' '.join(METHODS)}")
    for images in chosen.images:
        print_table(images, chosen.methods or [name for name in METHODS if name not in LONG])


def print_table(images: int, methods: list[str]) -> None:
    """Make the inputs, and measure some methods on them."""
    folder = make_folder()
    try:
        make_inputs(folder, images)
        print(f"{QUERIES:,} queries, {images:,} images, {DIMENSION} dimensions")
        print(f"{'method':20} {'seconds':>8} {'processor':>9} {'MB':>6}")
        # All others read what the search writes.
        for name in dict.fromkeys(["search", *methods]):
            output = "plain.tsv" if name == "search" else f"{name}.out"
            row = measured([program(METHODS[name][0]), *METHODS[name][1:], "-o", output], folder)
            print(f"{name:20} {row}", flush=True)
            if name != "search":
                remove(folder / output)
    finally:
        shutil.rmtree(folder)


def measured(command: list[str], folder: Path) -> str:
    """Run a command; return its seconds, those of the processor, and its anonymous megabytes."""
    started, peak = time.perf_counter(), 0
    process = subprocess.Popen(
        [*command, "-q"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    status, times = (Path(f"/proc/{process.pid}/{name}") for name in ("status", "stat"))
    ticks = 0
    while process.poll() is None:
        try:
            peak = max(peak, anonymous_kilobytes(status.read_text()))
            fields = times.read_text().rpartition(")")[2].split()
            ticks = int(fields[11]) + int(fields[12])
        except (FileNotFoundError, ProcessLookupError, IndexError):
            break
        time.sleep(_PAUSE)
    assert process.stderr is not None
    error = process.stderr.read().decode().strip()
    if process.wait():
        return error.splitlines()[-1] if error else f"exit {process.returncode}"
    return f"{time.perf_counter() - started:8.1f} {ticks / 100:9.1f} {peak / 1024:6.0f}"


def anonymous_kilobytes(status: str) -> int:
    """Return a process's anonymous memory from its status; 0 once it has ended."""
    lines = [line for line in status.splitlines() if line.startswith("RssAnon:")]
    return int(lines[0].split()[1]) if lines else 0


def make_inputs(folder: Path, images: int) -> None:
    """Write the stores of queries, images and references, graphs, and a table of many queries."""
    generator = np.random.default_rng(0)
    centres = unit(generator.standard_normal((CLUSTERS, DIMENSION), dtype=np.float32))
    # Cluster sizes as of landmarks: a few large ones, and many small ones. Images are by cluster.
    sizes = 1 / np.arange(1, CLUSTERS + 1)
    clusters = np.sort(generator.choice(CLUSTERS, images, p=sizes / sizes.sum()))
    index = write_clustered(folder / "index.zarr", clusters, centres, generator)
    of_queries = generator.choice(clusters, QUERIES)
    write_clustered(folder / "queries.zarr", of_queries, centres, generator)
    write_graph(folder / "graph.zarr", index)
    write_private(folder / "private.tsv", folder, images, generator)
    of_references = np.sort(generator.choice(clusters, REFERENCES))
    references = write_clustered(folder / "references.zarr", of_references, centres, generator)
    write_graph(folder / "references-graph.zarr", references)
    write_labels(folder / "references.tsv", references, of_references)
    # Any reference of the image's cluster.
    nearest = np.minimum(np.searchsorted(of_references, clusters), REFERENCES - 1)[:, None]
    scores = np.full(nearest.shape, 0.6, np.float32)
    write_searched(folder / "tags.zarr", index, references, nearest, scores)
    search = [program("gld-search"), "queries.zarr", "--index", "references.zarr", "--keep-self"]
    subprocess.run([*search, "-k", "30", "-q", "-o", "query-tags.zarr"], cwd=folder, check=True)


def write_clustered(
    path: Path, clusters: np.ndarray, centres: np.ndarray, generator: np.random.Generator
) -> EmbeddingStore:
    """Write a store of vectors about 0.6 alike within a cluster."""
    names = pl.Series([f"{path.stem}{row}" for row in range(len(clusters))])
    writer = StoreWriter.open(path, StoreSpec(names, DIMENSION, attributes=ATTRIBUTES))
    for chunk in range(writer.chunks):
        rows = writer.rows_of(chunk)
        noise = generator.standard_normal((len(rows), DIMENSION), dtype=np.float32)
        noise *= 0.8 / np.sqrt(DIMENSION)
        writer.write_chunk(chunk, unit(centres[clusters[rows.start : rows.stop]] + noise))
    return open_store(writer.finish())


def write_graph(path: Path, index: EmbeddingStore) -> None:
    """Write as each image's nearest those that follow and precede it, most of its cluster."""
    rows = np.empty((index.n, LINKS), np.int64)
    scores = np.empty((index.n, LINKS), np.float32)
    steps = np.array([step for step in range(-LINKS // 2, LINKS // 2 + 1) if step])
    for start in range(0, index.n, 1024):
        own = np.arange(start, min(start + 1024, index.n))
        middle = np.clip(own, LINKS // 2, index.n - LINKS // 2 - 1)[:, None]
        near = middle + steps
        near = np.where(near == own[:, None], middle, near)
        low, high = near.min(), max(near.max(), own[-1])
        products = index.read(own) @ index.read(slice(low, high + 1)).T
        similar = np.take_along_axis(products, near - low, axis=1)
        order = np.lexsort((near, -similar), axis=1)
        rows[own] = np.take_along_axis(near, order, axis=1)
        scores[own] = np.take_along_axis(similar, order, axis=1)
    write_searched(path, index, index, rows, scores)


def write_searched(
    path: Path, images: EmbeddingStore, index: EmbeddingStore, rows: np.ndarray, scores: np.ndarray
) -> None:
    """Write neighbours as gld-search does, of a store in itself or in another one."""
    stores = [Named(store.path.name, store.sha256) for store in (images, index)]
    header = {
        "queries": [stores[0].path],
        "index": [stores[1].path],
        "k": rows.shape[1],
        "keep_self": images is not index,
        "history": history_of("gld-search", [], stores),
    }
    write_neighbours(path, rows, scores, header)


def write_labels(path: Path, references: EmbeddingStore, clusters: np.ndarray) -> None:
    """List the references, each cluster a landmark."""
    countries = pl.Series(clusters % COUNTRIES).cast(pl.String)
    ids = references.ids.take(np.arange(references.n))
    rows = pl.DataFrame({"id": ids, "path": ids, "label": clusters, "country": countries})
    write_table(path, LIST, rows, {"history": []})


class Named:
    """A store under the name by which the commands read it."""

    def __init__(self, path: str, sha256: str) -> None:
        """Keep both."""
        self.path, self.sha256, self.history = path, sha256, []


def write_private(path: Path, folder: Path, images: int, generator: np.random.Generator) -> None:
    """Write a table of as many queries as the private and public ones, 100 neighbours each."""
    names = pl.Series([f"private{row}" for row in range(PRIVATE_QUERIES)])
    empty = np.zeros((len(names), 8), np.float32)
    empty[:, 0] = 1
    writer = StoreWriter.open(folder / "private.zarr", StoreSpec(names, 8, attributes=ATTRIBUTES))
    for chunk in range(writer.chunks):
        rows = writer.rows_of(chunk)
        writer.write_chunk(chunk, empty[rows.start : rows.stop])
    writer.finish()

    def blocks() -> Iterator[pl.DataFrame]:
        for start in range(0, PRIVATE_QUERIES, 4096):
            some = names[start : start + 4096]
            rows = generator.integers(0, images - 100, len(some))[:, None] + np.arange(100)
            ids = pl.Series(rows.ravel()).cast(pl.String)
            yield pl.DataFrame(
                {
                    "query_id": some.gather(np.repeat(np.arange(len(some)), 100)),
                    "index_id": "index" + ids,
                    "rank": np.tile(np.arange(1, 101, dtype=np.int32), len(some)),
                    "score": np.tile(np.linspace(1, 0.5, 100, dtype=np.float32), len(some)),
                }
            )

    header = {"queries": ["private.zarr"], "index": ["index.zarr"], "history": []}
    write_table(path, NEIGHBOURS, blocks(), header)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Scale vectors to length 1."""
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
