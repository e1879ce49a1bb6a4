"""Easy, Medium and Hard on the command line: each row is judged by its metric's own setup."""

import json

import polars as pl
import pytest
from gld_shared.tables import read_scores
from gld_shared.testing import run

from .setups import COMMAND, SETUPS, write_files

COLUMNS = ["query_id", "metric", "relevant", "found", "first_rank"]
EXPECTED = [
    ("a", "revisitop-hard-map", 1, 1, 1),
    ("a", "revisitop-easy-map", 2, 1, 1),
    ("a", "revisitop-medium-map", 3, 2, 1),
    ("b", "revisitop-easy-map", 1, 0, None),
    ("b", "revisitop-medium-map", 1, 0, None),
]


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_files()


def test_counts_in_tsv():
    assert run([*COMMAND, *SETUPS, "--per-query", "-o", "s.tsv"]).exit_code == 0
    rows = read_scores("s.tsv").rows.filter(pl.col("query_id") != "")
    assert rows.select(COLUMNS).rows() == EXPECTED


def test_counts_in_json():
    text = run([*COMMAND, *SETUPS, "--per-query", "--format", "json"]).stdout
    found = json.loads(text)["queries"]
    assert [tuple(row.get(column) for column in COLUMNS) for row in found] == EXPECTED


def test_counts_in_markdown():
    text = run([*COMMAND, *SETUPS, "--per-query", "--format", "markdown"]).stdout
    rows = text.partition("first rank |\n")[2].splitlines()[1:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert [(row[0], row[1], *row[-3:]) for row in cells] == [
        (*row[:2], *("" if cell is None else str(cell) for cell in row[2:])) for row in EXPECTED
    ]


@pytest.mark.parametrize(
    ("setup", "expected"),
    [
        ("hard", [("a", "revisitop-hard-map", 1, 1, 1)]),
        ("medium", [("a", "revisitop-medium-map", 3, 2, 1)]),
        ("easy", []),
    ],
)
def test_counts_of_the_queries_that_changed(setup, expected):
    asked = ["-m", f"revisitop-{setup}-map", *SETUPS, "--baseline", "b.tsv", "--format", "json"]
    found = json.loads(run([*COMMAND, *asked]).stdout).get("queries", [])
    assert [tuple(row.get(column) for column in COLUMNS) for row in found] == expected
