"""From a TSV of neighbours to mAP@100."""

import csv
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import polars as pl
from gld_eval.evaluate import evaluate
from gld_eval.metric_names import Metric
from gld_eval.statistics.summary import summarise
from gld_shared.tables import NEIGHBOURS, TRUTH, read_truth, stream_neighbours, write_table
from measure import LIMIT, OURS, PLAIN, Benchmark

QUERIES, K, POSITIVES = 5_000, 100, 20


def benchmark() -> Benchmark:
    """Score 5,000 queries of 100 neighbours."""
    folder = Path(tempfile.mkdtemp(prefix="gld-bench-"))
    neighbours, truth = _write(folder)
    return Benchmark(
        "eval",
        "queries",
        QUERIES,
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


def _write(folder: Path) -> tuple[Path, Path]:
    generator = np.random.default_rng(0)
    names = np.array([f"{number:016x}" for number in range(80_000)])
    ranked = np.stack([generator.permutation(2_000)[:K] * 40 + q % 40 for q in range(QUERIES)])
    relevant = np.stack([generator.choice(row, POSITIVES, replace=False) for row in ranked])
    queries = np.array([f"q{number:015x}" for number in range(QUERIES)])
    scores = np.linspace(1, 0, K, dtype=np.float32)
    rows = pl.DataFrame(
        {
            "query_id": queries.repeat(K),
            "index_id": names[ranked.ravel()],
            "rank": np.tile(np.arange(1, K + 1, dtype=np.int32), QUERIES),
            "score": np.tile(scores, QUERIES),
        }
    )
    pairs = pl.DataFrame(
        {
            "query_id": queries.repeat(POSITIVES),
            "index_id": names[relevant.ravel()],
            "usage": ["all"] * relevant.size,
        }
    )
    write_table(folder / "neighbours.tsv", NEIGHBOURS, rows, {"history": []})
    write_table(folder / "truth.tsv", TRUTH, pairs, {"history": []})
    return folder / "neighbours.tsv", folder / "truth.tsv"


def _ours(neighbours: Path, truth: Path) -> float:
    with stream_neighbours(neighbours) as stream:
        scores = evaluate(stream, read_truth(truth), [Metric("map@K", 100)])
    return float(summarise(scores)["value"][0])


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
