"""From a TSV of neighbours to mAP@100."""

import csv
import tempfile
from collections import defaultdict
from pathlib import Path

import polars as pl
from gld_eval.evaluate import evaluate
from gld_eval.metric_names import Metric
from gld_eval.statistics.summary import summarise
from gld_shared.tables import read_truth, stream_neighbours
from measure import LIMIT, OURS, PLAIN, Benchmark

from scoring.inputs import write_tables

QUERIES = 5_000


def benchmark() -> Benchmark:
    """Score 5,000 queries of 100 neighbours."""
    return of_size(QUERIES)


def of_size(queries: int) -> Benchmark:
    """Score so many queries of 100 neighbours."""
    folder = Path(tempfile.mkdtemp(prefix="gld-bench-"))
    neighbours, truth = write_tables(folder, queries)
    return Benchmark(
        "eval",
        "queries",
        queries,
        {
            OURS: lambda: _ours(neighbours, truth),
            PLAIN: lambda: _plain(neighbours, truth),
            LIMIT: lambda: (neighbours.read_bytes(), truth.read_bytes()),
        },
        {
            OURS: "gld_eval: both tables read and checked, then scored",
            PLAIN: "csv module, sets and a loop over the ranks; nothing checked",
            LIMIT: "reading the bytes of the two files",
        },
    )


def _ours(neighbours: Path, truth: Path) -> pl.DataFrame:
    with stream_neighbours(neighbours) as stream:
        scores = evaluate(stream, read_truth(truth), [Metric("map@K", 100)])
    return summarise(scores)


def _plain(neighbours: Path, truth: Path) -> float:
    relevant: dict[str, set[str]] = defaultdict(set)
    for row in _cells(truth):
        relevant[row[0]].add(row[1])
    hits: dict[str, int] = defaultdict(int)
    totals: dict[str, float] = defaultdict(float)
    for query, image, rank, _ in _cells(neighbours):
        if image in relevant[query] and int(rank) <= 100:
            hits[query] += 1
            totals[query] += hits[query] / int(rank)
    values = [totals[query] / min(len(found), 100) for query, found in relevant.items()]
    return sum(values) / len(values)


def _cells(path: Path) -> list[list[str]]:
    with path.open(newline="") as stream:
        return list(csv.reader(stream, delimiter="\t"))[2:]
