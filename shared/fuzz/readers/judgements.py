"""Readers of what gld-eval compares: predictions, ground truth, baselines, lists for the report."""

import pickle
from pathlib import Path

from gld_shared.testing import small_list
from mutations.pickled import pickled_instruction, pickled_values
from mutations.raw_bytes import RAW_BYTES, empty
from running.examine import Reader

from readers.draw import command, from_files, make
from readers.tables import IDS, TABLE_MUTATIONS, prepare_tables


def _prepare_predictions() -> None:
    prepare_tables()
    small_list(Path("queries.tsv"), ["a"])
    make("gld-rerank labels n.tsv --labels list.tsv -o p.tsv")


def _prepare_ground_truth() -> None:
    prepare_tables()
    graded = {"bbx": [1.5, 2.0, 30.0, 40.0], "easy": [0, 2], "hard": [1], "junk": [3]}
    found = {"imlist": IDS, "qimlist": ["a"], "gnd": [graded]}
    Path("gnd.pkl").write_bytes(pickle.dumps(found, 2))


def _prepare_baseline() -> None:
    prepare_tables()
    make("gld-rerank expand n.tsv -o b.tsv")


JUDGEMENTS = (
    Reader(
        "predictions",
        20,
        _prepare_predictions,
        from_files(
            lambda _: ["p.tsv"], TABLE_MUTATIONS, [command("gld-eval p.tsv --truth queries.tsv")]
        ),
    ),
    Reader(
        "ground truth (pickle)",
        25,
        _prepare_ground_truth,
        from_files(
            lambda _: ["gnd.pkl"],
            (*[pickled_values, pickled_instruction] * 6, *RAW_BYTES, empty),
            [command("gld-eval n.tsv --truth gnd.pkl")],
        ),
    ),
    Reader(
        "baseline",
        15,
        _prepare_baseline,
        from_files(
            lambda _: ["b.tsv"],
            TABLE_MUTATIONS,
            [command("gld-eval n.tsv --truth truth.tsv --baseline b.tsv")],
        ),
    ),
    Reader(
        "list of a report",
        10,
        prepare_tables,
        from_files(
            lambda _: ["list.tsv"],
            TABLE_MUTATIONS,
            [
                command(
                    "gld-eval n.tsv --truth truth.tsv --report r.html --list list.tsv",
                    outputs=["r.html"],
                )
            ],
        ),
    ),
)
