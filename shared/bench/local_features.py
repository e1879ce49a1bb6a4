"""``GLD_DATA=FOLDER python shared/bench/local_features.py [KIND ...] [--queries N]``.

Prints mAP@100 and precision@1 of the real photographs before and after ``gld-rerank spatial`` with
each kind of local features that is installed, and its processor seconds on one core.
"""

import argparse
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from gld_rerank.spatial.features.kinds import KINDS
from gld_shared.errors import DataError
from gld_shared.tables import LIST, read_list, read_scores, write_table
from gld_shared.testing import photographs, program

TOP = 20
COLUMNS = "{:8} {:>8} {:>12} {:>20} {:>26}"


def main() -> None:
    """Embed, search, verify and score; a line for each kind."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[2])
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=" ".join(KINDS))
    parser.add_argument("--queries", type=int, default=5, help="queries per landmark (default 5)")
    chosen = parser.parse_args()
    data = photographs()
    if data is None:
        parser.error("GLD_DATA is not set")
    folder = Path(tempfile.mkdtemp(prefix="gld-bench-"))
    try:
        for cells in rows(folder, data / "monuments", chosen.kinds or list(KINDS), chosen.queries):
            print(COLUMNS.format(*cells), flush=True)
    finally:
        shutil.rmtree(folder)


def rows(
    folder: Path, monuments: Path, kinds: list[str], queries: int
) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield the cells of each line."""
    table, images = search(folder, monuments, queries), monuments / "images"
    seconds = "seconds a query, top 20"
    yield ("", "mAP@100", "precision@1", "seconds an image", seconds)
    yield ("search", *scores(folder, table), "", "")
    for name in kinds:
        try:
            KINDS[name].check_installed()
        except DataError as error:
            yield (name, "-", "-", "-", f"-  ({error})")
            continue
        yield (name, *verify(folder, table, images, name))


def search(folder: Path, monuments: Path, queries: int) -> Path:
    """List, split, embed and search the photographs; return the neighbours."""
    rows = pl.read_csv(monuments / "images.csv")
    labels = rows["landmark"].rank("dense").cast(pl.Int64) - 1
    rows = rows.select("id", "path", "landmark", label=labels)
    write_table(folder / "all.tsv", LIST, rows, {"history": []})
    lists = folder / "lists"
    run(
        "gld-lists", "split", folder / "all.tsv", "-o", lists, "--held-out", 1, "--queries", queries
    )
    for name in ("queries", "index"):
        output = ["--images", monuments / "images", "-o", folder / f"{name}.zarr"]
        network = ["-c", "packaged:efficientnet_lite0"]
        run("gld-embed", lists / f"{name}.tsv", *network, *output)
    table = folder / "neighbours.tsv"
    run("gld-search", folder / "queries.zarr", "--index", folder / "index.zarr", "-o", table)
    return table


def verify(folder: Path, table: Path, images: Path, kind: str) -> tuple[str, str, str, str]:
    """Verify all queries, and return scores and processor seconds: of detection, then of pairs."""
    command = ["gld-rerank", "spatial", table, "--images", images, "--features", kind]
    command += ["--top", TOP, "-j", 1, "-o", folder / "verified.tsv"]
    whole = run(*command)
    lists = folder / "lists"
    counted = next((lists / f"queries.{kind}.keypoints").glob("inliers-*"))
    shutil.rmtree(counted)
    pairs = run(*command)
    stores = lists.glob(f"*.{kind}.keypoints/*/*")
    detected = sum(file.is_file() and "inliers" not in str(file) for file in stores)
    queries = len(read_list(lists / "queries.tsv").rows)
    of_image, of_query = (whole - pairs) / detected, pairs / queries
    return *scores(folder, folder / "verified.tsv"), f"{of_image:.3f}", f"{of_query:.2f}"


def scores(folder: Path, table: Path) -> tuple[str, str]:
    """Return mAP@100 and precision@1."""
    truth, output = folder / "lists/truth.tsv", folder / "scores.tsv"
    run("gld-eval", table, "--truth", truth, "-m", "map@100", "-m", "precision@1", "-o", output)
    values = read_scores(output).rows["value"].to_list()
    return f"{values[0]:.4f}", f"{values[1]:.4f}"


def run(command: str, *arguments: object) -> float:
    """Run a command, and return its processor seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([program(command), *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
