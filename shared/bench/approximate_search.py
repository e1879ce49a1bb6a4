"""``python shared/bench/approximate_search.py``: exact and approximate search of a million images.

Prints two tables. The first is of random vectors in clusters: bytes of the index file per vector,
recall against exact search, queries a second. The second is of the real photographs that GLD_DATA
names, among a million distractors: mAP@100 too. ``--table`` measures one of them. Both take about
20 minutes of a core, most of it in training OPQ.
"""

import argparse
import os

# Some machines export another CPU's kernel; unset it, to measure what users get.
os.environ.pop("OPENBLAS_CORETYPE", None)

import csv
import io
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import polars as pl
from gld_search.approximate.index_file import kept_index
from gld_search.approximate.recall import recall_at
from gld_search.approximate.search import ApproximateSearch
from gld_search.search import Search
from gld_shared.store import EmbeddingStore, StoreSpec, StoreWriter, open_store
from gld_shared.store.parts import AnyStore, open_parts
from gld_shared.testing import photographs, program
from storing.stores import make_folder

IMAGES, QUERIES, DIMENSION, K, CLUSTERS = 1_000_000, 1_129, 512, 100, 20_000
# Factory, then (refine, probe) of each row.
Settings = dict[str, list[tuple[int, int | None]]]
CLUSTERED: Settings = {
    "IVF1024,PQ64x4fs,RFlat": [(10, 32)],
    "IVF1024,PQ128x4fs,RFlat": [(10, 32), (10, 128)],
    "PQ128x4fs,RFlat": [(10, None), (4, None)],
    "RR512,IVF1024,RaBitQ": [(10, 32)],
    "OPQ56_448,IVF1024,PQ56": [(10, 32), (10, 128), (40, 128)],
    "IVF1024,SQ8": [(4, 32)],
}
PHOTOGRAPHED: Settings = {
    "OPQ32_256,IVF1024,PQ32": [(10, 32), (10, 128)],
    "OPQ112_224,IVF1024,PQ112x4fs": [(10, 32), (10, 128), (40, 128)],
    "PQ128x4fs,RFlat": [(10, None), (40, None)],
    "IVF1024,PQ128x4fs,RFlat": [(10, 32), (10, 128), (40, 256)],
}
COLUMNS = ["bytes", "refine", "probe", "@1", "@10", "@100", "q/s", "q/cpu-s", "build"]
# The cells of exact search up to its rates.
EXACT = ["", "", "", "1", "1", "1"]
# Principal components that distractors vary along.
COMPONENTS = 256
Draw = Callable[[int], np.ndarray]


def main() -> None:
    """Measure the tables in a folder that is removed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[2])
    parser.add_argument("--images", type=int, default=IMAGES, help="images of each index")
    parser.add_argument("--table", choices=["clusters", "photographs"], help="measure this alone")
    parser.add_argument("-o", "--output", type=Path, help="write the tables as TSV too")
    chosen = parser.parse_args()
    folder, lines = make_folder(), []
    tables = {"clusters": clustered, "photographs": photographed}
    try:
        for table in [chosen.table] if chosen.table else tables:
            for row in tables[table](folder, chosen.images):
                lines.append("\t".join(row))
                print(lines[-1], flush=True)
    finally:
        shutil.rmtree(folder)
    if chosen.output:
        chosen.output.write_text("".join(f"{line}\n" for line in lines))


def clustered(folder: Path, images: int, settings: Settings = CLUSTERED) -> Iterator[list[str]]:
    """Yield the rows of the table of vectors in clusters, whose sizes follow Zipf's law."""
    generator = np.random.default_rng(0)
    centres = generator.standard_normal((CLUSTERS, DIMENSION), dtype=np.float32)
    shares = 1 / np.arange(1, CLUSTERS + 1)
    shares /= shares.sum()

    def draw(count: int) -> np.ndarray:
        near = centres[generator.choice(CLUSTERS, count, p=shares)]
        return near + generator.standard_normal((count, DIMENSION), dtype=np.float32)

    queries, index = (
        write(folder / f"{name}.zarr", count, draw)
        for name, count in (("clustered-queries", QUERIES), ("clustered-index", images))
    )
    yield ["clusters", *COLUMNS]
    exact, rates = timed(Search([queries], [index], K))
    yield ["exact", *EXACT, *rates, ""]
    for cells, _ in approximate(folder / "clustered.faiss", settings, queries, index, exact):
        yield cells


def approximate(
    file: Path, settings: Settings, queries: AnyStore, index: AnyStore, exact: np.ndarray
) -> Iterator[tuple[list[str], str]]:
    """Yield the row of each setting, and its options, while the index file is there."""
    for factory, pairs in settings.items():
        started = time.process_time()
        opened = kept_index(file, factory, [index], 0)
        built = time.process_time() - started
        size = file.stat().st_size / index.n
        for refine, probe in pairs:
            search = ApproximateSearch([queries], [index], K, opened, refine, probe)
            found, rates = timed(search)
            recalls = [f"{recall_at(found, exact, k):.4f}" for k in (1, 10, 100)]
            options = f"--index-file {file} --refine {refine}"
            yield (
                [
                    *(factory, f"{size:.1f}", str(refine), str(search.probe or "")),
                    *(*recalls, *rates, f"{built:.0f}"),
                ],
                options + (f" --probe {probe}" if probe else ""),
            )
        file.unlink()


def timed(search: Search) -> tuple[np.ndarray, list[str]]:
    """Search once for all queries; return the rows, and queries by second of clock and of core."""
    search.find(range(0, 64))
    wall, cores = time.perf_counter(), time.process_time()
    rows, _ = search.find(range(search.n))
    spent = (time.perf_counter() - wall, time.process_time() - cores)
    return rows, [f"{search.n / seconds:.0f}" for seconds in spent]


def write(path: Path, count: int, draw: Draw, attributes: dict | None = None) -> EmbeddingStore:
    """Write a store of vectors that ``draw`` makes, scaled to length 1."""
    ids = pl.Series(range(count)).cast(pl.String)
    dimension = draw(1).shape[1]
    writer = StoreWriter.open(path, StoreSpec("d" + ids, dimension, attributes=attributes or {}))
    for chunk in range(writer.chunks):
        vectors = draw(len(writer.rows_of(chunk)))
        writer.write_chunk(chunk, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    return open_store(writer.finish())


def photographed(
    folder: Path, images: int, settings: Settings = PHOTOGRAPHED
) -> Iterator[list[str]]:
    """Yield the rows of the table of photographs among distractors."""
    source = photographs()
    if source is None:
        print("GLD_DATA does not name the folder of real photographs", file=sys.stderr)
        return
    os.chdir(folder)
    link_by_landmark(source / "monuments", folder / "photos")
    command("gld-lists folder photos --labels-from-folders -o all.tsv")
    command("gld-lists split all.tsv --queries 5 -o lists")
    for name in ("queries", "index"):
        network = "-c packaged:efficientnet_lite0 --size 224 --images photos"
        command(f"gld-embed lists/{name}.tsv {network} -o {name}.zarr")
    photos = open_store("index.zarr")
    write(folder / "distractors.zarr", images, resembling(photos), photos.attributes)
    queries, index = open_store("queries.zarr"), open_parts(["index.zarr", "distractors.zarr"])
    yield ["photographs", *COLUMNS, "map@100"]
    alone = map_at_100("index.zarr")
    yield ["exact, no distractors", *EXACT, "", "", "", alone]
    exact, rates = timed(Search([queries], [index], K))
    yield ["exact", *EXACT, *rates, "", map_at_100("{index,distractors}.zarr")]
    for cells, options in approximate(Path("i.faiss"), settings, queries, index, exact):
        yield [*cells, map_at_100("{index,distractors}.zarr", options)]


def resembling(photos: EmbeddingStore) -> Draw:
    """Return a function that draws distractors with the photographs' mean and covariance.

    They vary along the first 256 principal components, half of the variance between 20,000
    clusters, half within them.
    """
    vectors = photos.read(slice(0, photos.n))
    mean = vectors.mean(axis=0)
    _, deviations, axes = np.linalg.svd(vectors - mean, full_matrices=False)
    axes = axes[:COMPONENTS] * deviations[:COMPONENTS, None] / np.sqrt(photos.n - 1)
    generator = np.random.default_rng(1)
    centres = generator.standard_normal((CLUSTERS, len(axes)), dtype=np.float32)

    def draw(count: int) -> np.ndarray:
        near = centres[generator.integers(0, CLUSTERS, count)]
        around = generator.standard_normal((count, len(axes)), dtype=np.float32)
        return mean + (near + around) @ (axes / np.sqrt(2))

    return draw


def link_by_landmark(source: Path, folder: Path) -> None:
    """Make a folder of links for each landmark."""
    for row in csv.DictReader(io.StringIO((source / "images.csv").read_text())):
        place = folder / row["landmark"]
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{row['id']}.jpg").symlink_to(source / "images" / row["path"])


def command(line: str) -> str:
    """Run a command as a process, whose --memory counts nothing of this one; return its output."""
    name, *arguments = line.split()
    return subprocess.run(
        [program(name), *arguments], stdout=subprocess.PIPE, text=True, check=True
    ).stdout


def map_at_100(index: str, options: str = "") -> str:
    """Search an index for the photographs' queries; return mAP@100 of the neighbours."""
    command(f"gld-search queries.zarr --index {index} {options} -o n.tsv")
    scores = command("gld-eval n.tsv --truth lists/truth.tsv -m map@100")
    rows = [line.split("\t") for line in scores.splitlines()[2:]]
    return next(f"{float(row[2]):.4f}" for row in rows if row[:2] == ["map@100", "all"])


if __name__ == "__main__":
    main()
