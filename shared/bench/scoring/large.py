"""All 117,577 test images of Google Landmarks v2 with 100 neighbours each, as processor time.

``RANX_PYTHON=/path/to/python`` names a Python that has ranx, which is measured too.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path

from measure import LIMIT, OURS, Benchmark, Seconds

from scoring.inputs import write_tables

QUERIES = 117_577
RANX = "ranx"
_POLARS = """
import polars, sys
text, rank, score = polars.String, polars.Int32, polars.Float32
types = {"query_id": text, "index_id": text, "rank": rank, "score": score}
polars.read_csv(sys.argv[1], separator="\\t", comment_prefix="#", quote_char=None, schema=types)
"""
_RANX = """
import ranx, sys
run, qrels = ranx.Run.from_file(sys.argv[1], "trec"), ranx.Qrels.from_file(sys.argv[2], "trec")
ranx.evaluate(qrels, run, ["map@100", "precision@10", "recall@10"])
"""
_NOTES = {
    OURS: "gld-eval: tables read and checked, three metrics, with intervals",
    LIMIT: "polars reading the neighbours",
    RANX: "ranx reading the same as TREC files, the same metrics, without intervals",
}


def benchmark() -> Benchmark:
    """Score with three metrics; the seconds are processor time, of a process with its start."""
    folder = Path(tempfile.mkdtemp(prefix="gld-bench-"))
    neighbours, truth = write_tables(folder, QUERIES)
    scores = folder / "scores.tsv"
    commands = {
        OURS: ["gld-eval", str(neighbours), "--truth", str(truth), "-o", str(scores)],
        LIMIT: [sys.executable, "-c", _POLARS, str(neighbours)],
    }
    goals = {(OURS, LIMIT): 0.25}
    if "RANX_PYTHON" in os.environ:
        run, qrels = _trec_files(neighbours, truth)
        commands[RANX] = [os.environ["RANX_PYTHON"], "-c", _RANX, str(run), str(qrels)]
        goals[OURS, RANX] = 1.0
    notes = dict(_NOTES)
    variants: dict[str, Callable[[], object]] = {
        name: partial(_processor_time, command, name, notes) for name, command in commands.items()
    }
    return Benchmark("eval-large", "queries", QUERIES, variants, notes, goals)


def _processor_time(command: list[str], name: str, notes: dict[str, str]) -> Seconds:
    """Return the processor time of a command, and note the peak of its memory."""
    process = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(process, 0)
    if status:
        raise RuntimeError(f"{command[0]} failed")
    peak = usage.ru_maxrss / 1000
    notes[name] = f"{_NOTES[name]}; peak of memory {peak:,.0f} MB"
    return Seconds(usage.ru_utime + usage.ru_stime)


def _trec_files(neighbours: Path, truth: Path) -> tuple[Path, Path]:
    run, qrels = neighbours.with_suffix(".run"), truth.with_suffix(".qrels")
    with neighbours.open() as source, run.open("w") as target:
        for line in islice(source, 2, None):
            query, image, rank, score = line.split()
            target.write(f"{query} Q0 {image} {rank} {score} gld\n")
    with truth.open() as source, qrels.open("w") as target:
        for line in islice(source, 2, None):
            query, image, _ = line.split()
            target.write(f"{query} 0 {image} 1\n")
    return run, qrels
