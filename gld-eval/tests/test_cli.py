import json
from pathlib import Path

import pytest
from gld_eval.metric_names import Metric, definition_of
from gld_eval.protocols.registry import PROTOCOLS, RECOGNITION
from gld_shared.testing import run

NEIGHBOURS = "query_id\tindex_id\trank\tscore\na\tx\t1\t0.9\na\ty\t2\t0.8\nb\tz\t1\t0.5\n"
TRUTH = "query_id\tindex_id\tusage\na\ty\tpublic\nb\tz\tprivate\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("n.tsv").write_text(NEIGHBOURS)
    Path("t.tsv").write_text(TRUTH)
    return tmp_path


def cells(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines()[1:]]


@pytest.mark.usefixtures("folder")
def test_scores_by_usage():
    result = run(["gld-eval", "--truth", "t.tsv", "-m", "map@100"], stdin=NEIGHBOURS)
    assert cells(result.stdout) == [
        ["metric", "usage", "value", "low", "high"],
        ["map@100", "public", "0.5", "", ""],
        ["map@100", "private", "1.0", "", ""],
        ["map@100", "all", "0.75", "0.5", "1.0"],
    ]


@pytest.mark.usefixtures("folder")
def test_default_metrics():
    result = run(["gld-eval", "n.tsv", "--truth", "t.tsv"])
    names = list(dict.fromkeys(row[0] for row in cells(result.stdout)[1:]))
    assert names == ["map@100", "precision@10", "recall@10"]


@pytest.mark.usefixtures("folder")
def test_per_query_rows_come_before_the_means():
    result = run(["gld-eval", "n.tsv", "--truth", "t.tsv", "-m", "recall@1", "--per-query"])
    assert cells(result.stdout) == [
        ["query_id", "metric", "usage", "value", "low", "high", "relevant", "found", "first_rank"],
        ["a", "recall@1", "public", "0.0", "", "", "1", "1", "2"],
        ["b", "recall@1", "private", "1.0", "", "", "1", "1", "1"],
        ["", "recall@1", "public", "0.0", "", "", "", "", ""],
        ["", "recall@1", "private", "1.0", "", "", "", "", ""],
        ["", "recall@1", "all", "0.5", "0.0", "1.0", "", "", ""],
    ]


@pytest.mark.usefixtures("folder")
def test_the_history_names_both_inputs():
    run(["gld-eval", "n.tsv", "--truth", "t.tsv", "-o", "s.tsv"])
    header = json.loads(Path("s.tsv").read_text().partition("\n")[0][1:])
    assert header["format"] == "gld-scores/1"
    assert [entry["path"] for entry in header["history"][-1]["inputs"]] == ["n.tsv", "t.tsv"]


@pytest.mark.usefixtures("folder")
def test_the_history_records_the_metrics_as_they_were_typed():
    metrics = ["--metric", "map@10", "--metric", "recall@1"]
    run(["gld-eval", "n.tsv", "--truth", "t.tsv", *metrics, "-o", "s.tsv"])
    header = json.loads(Path("s.tsv").read_text().partition("\n")[0][1:])
    assert header["history"][-1]["arguments"] == ["n.tsv", "--truth", "t.tsv", *metrics]


@pytest.mark.usefixtures("folder")
def test_bad_metrics_are_a_usage_error_that_names_all():
    bad = ["-m", "map", "-m", "x@1", "-m", "map@1000000000"]
    result = run(["gld-eval", "n.tsv", "--truth", "t.tsv", *bad])
    assert result.exit_code == 2
    assert (
        "unknown metric 'map', 'x@1', 'map@1000000000'; expected map@K, precision@K, recall@K, "
        "K from 1 to 999999999" in result.stderr
    )


@pytest.mark.usefixtures("folder")
def test_the_truth_is_needed_to_score_and_not_to_verify():
    missing = run(["gld-eval", "n.tsv"])
    assert (missing.exit_code, missing.stdout) == (2, "")
    assert "Missing option '--truth'." in missing.stderr
    both = run(["gld-eval", "n.tsv", "--verify", "--truth", "t.tsv", "--baseline", "n.tsv"])
    assert both.exit_code == 2
    assert both.stderr.endswith(
        "Error: --verify scores nothing; leave --truth and --baseline out\n"
    )
    written = run(["gld-eval", "n.tsv", "--verify", "-o", "v.tsv", "-m", "map@5"])
    assert written.exit_code == 2
    assert written.stderr.endswith("Error: --verify scores nothing; leave --metric and -o out\n")
    three = run(["gld-eval", "n.tsv", "--verify", "-o", "v.tsv", "-m", "map@5", "--truth", "t.tsv"])
    assert three.stderr.endswith(
        "Error: --verify scores nothing; leave --truth, --metric and -o out\n"
    )


@pytest.mark.usefixtures("folder")
def test_verify_names_the_first_file_that_no_longer_matches():
    run(["gld-eval", "n.tsv", "--truth", "t.tsv", "-o", "s.tsv"])
    result = run(["gld-eval", "--verify", "s.tsv"])
    assert (result.exit_code, result.stdout) == (0, "s.tsv: every file of its history matches\n")
    Path("t.tsv").write_text(TRUTH + "c\t\tignored\n")
    changed = run(["gld-eval", "--verify", "s.tsv"])
    assert (changed.exit_code, changed.stdout) == (1, "")
    assert changed.stderr.startswith("Error: t.tsv: sha256 is ")
    Path("n.tsv").unlink()
    missing = run(["gld-eval", "--verify"], stdin=Path("s.tsv").read_bytes())
    assert missing.stderr.startswith("Error: n.tsv: missing; gld-eval read it with sha256 ")
    assert missing.stderr.endswith(" (and 1 more)\n")


@pytest.mark.usefixtures("folder")
def test_verify_needs_a_history():
    result = run(["gld-eval", "--verify", "n.tsv"])
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: n.tsv:1: no history; expected a header line '#{...}' as the gld commands write it\n"
    )
    assert "empty; did the command before it fail?" in run(["gld-eval", "--verify"]).stderr


@pytest.mark.parametrize("rows", [[], ["--per-query"]])
@pytest.mark.usefixtures("folder")
def test_verify_reads_scores_as_json(rows):
    run(["gld-eval", "n.tsv", "--truth", "t.tsv", *rows, "--format", "json", "-o", "s.json"])
    for text in (Path("s.json").read_text(), json.dumps(json.loads(Path("s.json").read_text()))):
        Path("again.json").write_text(text)
        result = run(["gld-eval", "--verify", "again.json"])
        expected = (0, "again.json: every file of its history matches\n")
        assert (result.exit_code, result.stdout) == expected
    Path("t.tsv").unlink()
    changed = run(["gld-eval", "--verify"], stdin=Path("s.json").read_bytes())
    assert changed.stderr.startswith("Error: t.tsv: missing; gld-eval read it with sha256 ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"scores": []}\n',
         "s: no history; expected scores as gld-eval --format json writes them"),
        ('{\n "history": 3,\n "scores": [\n ]\n}\n',
         "s: header: history: expected a list of objects, got 3; the scores are damaged, copy or "
         "make them again"),
        ('{\n "history": [',
         "s: header: not JSON: Expecting value: line 2 column 14 (char 15); the scores are "
         "damaged, copy or make them again"),
        ("| metric | usage | value |\n|---|---|---|\n",
         "s: Markdown, which holds no history; verify the scores as TSV or JSON"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("folder")
def test_verify_names_the_fault_of_scores_in_other_forms(text, message):
    Path("s").write_text(text)
    result = run(["gld-eval", "--verify", "s"])
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"Error: {message}\n")


@pytest.mark.parametrize(
    ("history", "fault"),
    [
        ("3", "history: expected a list of objects, got 3"),
        ("[" * 10_000, "JSON nested more than 100 deep"),
        ('[{"tool": "gld-search", "version": "1", "arguments": [], "inputs": ["q.zarr"]}]',
         'history[0].inputs[0]: expected an object, got "q.zarr"'),
        ('[{"tool": "gld-search", "version": "1", "arguments": [], "inputs": [{"path": "q"}]}]',
         "history[0].inputs[0].sha256: missing, expected a string"),
        ('[{"tool": "gld-search", "version": "1", "arguments": [], "inputs": '
         r'[{"path": "\u0000", "sha256": "0"}]}]',
         "history[0].inputs[0].path: holds a zero byte or half a character, expected text"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("folder")
def test_a_damaged_history_is_named_by_its_key(history, fault):
    Path("s.tsv").write_text(
        f'#{{"format": "gld-neighbours/1", "history": {history}}}\n{NEIGHBOURS}'
    )
    for command in (["--verify", "s.tsv"], ["s.tsv", "--truth", "t.tsv"]):
        result = run(["gld-eval", *command])
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr == (
            f"Error: s.tsv:1: header: {fault}; the table is damaged, copy or make it again\n"
        )


@pytest.mark.usefixtures("folder")
def test_the_header_names_the_protocol_and_its_definition():
    run(["gld-eval", "n.tsv", "--truth", "t.tsv", "--protocol", "recipe", "-o", "s.tsv"])
    first, *rows = Path("s.tsv").read_text().splitlines()
    header = json.loads(first[1:])
    assert header["protocol"] == "recipe"
    assert header["definition"] == (
        "sum of precision at the hits up to rank K, divided by all positives"
    )
    assert rows[1].startswith("recipe-map@100\tpublic\t0.5\t")


@pytest.mark.parametrize(
    ("protocol", "metrics", "definition"),
    [
        ("gldv2-retrieval", ["recall@1", "recall@5"],
         "hits up to rank K, divided by all positives"),
        ("gldv2-retrieval", ["precision@1", "map@5"],
         "precision@K: hits up to rank K, divided by K; map@K: sum of precision at the hits up to "
         "rank K, divided by min(positives, K)"),
        ("trec", ["P_5"], "hits up to rank K, divided by K; equal scores by index id, descending"),
        ("recipe", ["recipe-cmc@1"], "1 if there is a hit up to rank K, else 0"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("folder")
def test_the_definition_is_that_of_the_metrics_asked_for(protocol, metrics, definition):
    asked = [part for metric in metrics for part in ("-m", metric)]
    result = run(["gld-eval", "n.tsv", "--truth", "t.tsv", "--protocol", protocol, *asked])
    assert json.loads(result.stdout.splitlines()[0][1:])["definition"] == definition


@pytest.mark.parametrize("protocol", [*PROTOCOLS.values(), RECOGNITION], ids=lambda each: each.name)
def test_every_metric_has_a_definition(protocol):
    assert all(definition_of([str(Metric(measure, 5))], protocol) for measure in protocol.measures)


@pytest.mark.usefixtures("folder")
def test_a_graded_truth_is_scored_by_revisitop():
    Path("graded.tsv").write_text("query_id\tindex_id\tusage\tgrade\na\ty\tall\thard\n")
    first = NEIGHBOURS.partition("b\t")[0]
    rows = cells(run(["gld-eval", "--truth", "graded.tsv"], stdin=first).stdout)
    assert rows[1][:3] == ["revisitop-medium-map", "all", "0.25"]


@pytest.mark.usefixtures("folder")
def test_a_metric_of_another_protocol_is_a_usage_error():
    command = ["gld-eval", "n.tsv", "--truth", "t.tsv", "--protocol", "trec", "-m", "map@10"]
    result = run(command)
    assert result.exit_code == 2
    assert (
        "Error: Invalid value for '-m' / '--metric': unknown metric of trec 'map@10'; expected "
        "map_cut_K, P_K, recall_K, K from 1 to 999999999\n"
    ) in result.stderr
