"""A TREC run from a table of neighbours."""

from pathlib import Path

import pytest
from gld_shared.testing import run

NEIGHBOURS = "query_id\tindex_id\trank\tscore\nq2\tc\t1\t0.9\nq2\ta\t2\t0.8\nq1\tb\t1\t-0.000001\n"
COMMAND = ["gld-lists", "submission", "--format", "trec"]


def test_a_run_has_a_line_for_each_result():
    result = run(COMMAND, stdin=NEIGHBOURS)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "q2 Q0 c 1 0.9 gld\nq2 Q0 a 2 0.8 gld\nq1 Q0 b 1 -0.000001 gld\n"


def test_a_run_holds_the_best_results():
    assert run([*COMMAND, "-k", "1"], stdin=NEIGHBOURS).stdout.splitlines() == [
        "q2 Q0 c 1 0.9 gld",
        "q1 Q0 b 1 -0.000001 gld",
    ]


@pytest.mark.parametrize(("id_", "name"), [("q2", "query_id"), ("a", "index_id")])
def test_a_run_cannot_hold_ids_with_spaces(id_, name):
    result = run(COMMAND, stdin=NEIGHBOURS.replace(f"{id_}\t", f"{id_} d\t"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {name} '{id_} d' holds a space, which separates the cells of a TREC run; "
        "rename it\n"
    )


def test_a_run_is_scored_as_its_neighbours_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("n.tsv").write_text(NEIGHBOURS)
    Path("t.tsv").write_text("query_id\tindex_id\tusage\nq2\ta\tall\nq1\tb\tall\n")
    run([*COMMAND, "n.tsv", "-o", "run.txt"])
    scores = [run(["gld-eval", name, "--truth", "t.tsv"]).stdout for name in ("n.tsv", "run.txt")]
    assert scores[0].splitlines()[1:] == scores[1].splitlines()[1:]
