"""Readers of other programs' tables: TREC runs and qrels, Kaggle's submissions and solutions."""

from pathlib import Path

from mutations.lines import LINES
from mutations.raw_bytes import RAW_BYTES, empty
from running.examine import Reader

from readers.draw import command, either, from_files
from readers.tables import prepare_tables

_FILES = {
    "run.txt": "a Q0 x0 1 0.9 t\na Q0 x3 2 0.5 t\nb Q0 x1 1 0.8 t\nb Q0 x2 2 0.8 t\n",
    "qrels.txt": "a 0 x0 1\na 0 x1 0\nb 0 x2 2\n",
    "submission.csv": "id,images\na,x0 x3 x4\nb,x1\nc,\n",
    "solution.csv": "id,images,Usage\na,x0 x1,Public\nb,x1,Private\nc,None,Ignored\n",
    "predictions.csv": "id,landmarks\na,7 0.9\nb,3 0.4\nc,\n",
    "labels.csv": "id,landmarks,Usage\na,7,Public\nb,4 3,Private\nc,,Public\n",
}
_TREC = (
    command("gld-eval run.txt --truth qrels.txt"),
    command("gld-eval run.txt --truth qrels.txt --explain"),
    command("gld-eval n.tsv --truth truth.tsv --baseline run.txt"),
    command("gld-eval run.txt --report r.html", outputs=["r.html"]),
)
_KAGGLE = (
    command("gld-eval submission.csv --truth solution.csv"),
    command("gld-eval submission.csv --truth solution.csv --per-query --format json"),
)
_RECOGNITION = (command("gld-eval predictions.csv --truth labels.csv"),)
_MUTATIONS = (*LINES, *LINES, *RAW_BYTES, empty)


def _prepare() -> None:
    prepare_tables()
    for name, text in _FILES.items():
        Path(name).write_text(text)


OTHER_FORMATS = (
    Reader(
        "TREC and Kaggle",
        50,
        _prepare,
        either(
            (2, from_files(lambda _: ["run.txt", "qrels.txt"], _MUTATIONS, _TREC)),
            (2, from_files(lambda _: ["submission.csv", "solution.csv"], _MUTATIONS, _KAGGLE)),
            (1, from_files(lambda _: ["predictions.csv", "labels.csv"], _MUTATIONS, _RECOGNITION)),
        ),
    ),
)
