"""gld-eval --format: the same scores as JSON and Markdown."""

import json
from pathlib import Path

import pytest
from gld_shared.tables import read_scores
from gld_shared.testing import run

NEIGHBOURS = "query_id\tindex_id\trank\tscore\na|1\tx\t1\t0.9\na|1\ty\t2\t0.8\nb\tz\t1\t0.5\n"
BASELINE = "query_id\tindex_id\trank\tscore\na|1\ty\t1\t0.9\nb\tx\t1\t0.5\n"
TRUTH = "query_id\tindex_id\tusage\na|1\ty\tall\nb\tz\tall\nc\tz\tall\n"
COMMAND = ["gld-eval", "n.tsv", "--truth", "t.tsv", "-m", "map@100"]


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in {"n.tsv": NEIGHBOURS, "b.tsv": BASELINE, "t.tsv": TRUTH}.items():
        Path(name).write_text(text)


def test_markdown_is_rounded_for_reading():
    assert run([*COMMAND, "--format", "markdown"]).stdout == (
        "| metric | usage | value | 95% interval |\n"
        "|---|---|---|---|\n"
        "| map@100 | all | 0.5000 | 0.0000 to 1.0000 |\n"
    )


def test_markdown_of_queries_is_a_table_of_its_own_with_escaped_names():
    options = ["--baseline", "b.tsv", "--per-query", "--format", "markdown", "-q"]
    assert run([*COMMAND, *options]).stdout == (
        "| metric | usage | value | 95% interval "
        "| baseline | difference | 95% interval | p-value |\n"
        "|---|---|---|---|---|---|---|---|\n"
        "| map@100 | all | 0.5000 | 0.0000 to 1.0000 | 0.3333 | +0.1667 | -0.3333 to +1.0000 "
        "| 1.0000 |\n"
        "\n"
        "| query | metric | usage | value | baseline | difference "
        "| relevant | found | first rank |\n"
        "|---|---|---|---|---|---|---|---|---|\n"
        "| a\\|1 | map@100 | all | 0.5000 | 1.0000 | -0.5000 | 1 | 1 | 2 |\n"
        "| b | map@100 | all | 1.0000 | 0.0000 | +1.0000 | 1 | 1 | 1 |\n"
        "| c | map@100 | all | 0.0000 | 0.0000 | +0.0000 | 1 | 0 |  |\n"
    )


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
        ("a|b\\c", "a\\|b\\\\c"),
        ("&lt;", "&amp;lt;"),
        ("[x](javascript:1)", "\\[x\\](javascript:1)"),
        ("*b* `c` ~d~", "\\*b\\* \\`c\\` \\~d\\~"),
        ("all_souls_000013", "all_souls_000013"),
        ("_em_", "\\_em\\_"),
    ],
)
def test_markdown_shows_ids_as_text(name, shown):
    for file in ("n.tsv", "t.tsv"):
        Path(file).write_text(Path(file).read_text().replace("a|1", name))
    text = run([*COMMAND, "--per-query", "--format", "markdown", "-q"]).stdout
    assert text.splitlines()[6] == f"| {shown} | map@100 | all | 0.5000 | 1 | 1 | 2 |"


@pytest.mark.parametrize("options", [[], ["--per-query"], ["--baseline", "b.tsv"]])
def test_json_holds_what_the_table_holds(options):
    run([*COMMAND, *options, "-o", "s.tsv"])
    found = json.loads(run([*COMMAND, *options, "--format", "json"]).stdout)
    table = read_scores("s.tsv")
    rows = [*found.get("queries", []), *found["scores"]]
    expected = [
        {name: cell for name, cell in row.items() if cell not in (None, "")}
        for row in table.rows.iter_rows(named=True)
    ]
    assert rows == expected
    assert found["format"] == table.header["format"]
    assert found["history"][-1]["inputs"] == table.header["history"][-1]["inputs"]


def test_any_format_is_written_whole_to_a_file():
    result = run([*COMMAND, "--format", "markdown", "-o", "s.md"])
    assert (result.exit_code, result.stdout) == (0, "")
    assert Path("s.md").read_text() == run([*COMMAND, "--format", "markdown"]).stdout
