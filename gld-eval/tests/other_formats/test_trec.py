"""TREC's files as input."""

import gzip
import json
from pathlib import Path

import pytest
from gld_eval.other_formats.first_line import Format, format_of
from gld_eval.other_formats.trec import read_qrels, read_run
from gld_shared.testing import run

RUN = """\
q1 Q0 b 1 0.9 mine
q1 Q0 a 2 0.5 mine
q2 Q0 c 1 3.5e-1 mine
q2 Q0 d 2 -.5 mine
"""
QRELS = "q1 0 a 1\nq1 0 b 0\nq2 0 c 2\nq2 0 x 1\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("run.txt").write_text(RUN)
    Path("qrels.txt").write_text(QRELS)


def scores(result) -> dict[str, str]:
    assert result.exit_code == 0, result.stderr
    rows = (line.split("\t") for line in result.stdout.splitlines()[2:])
    return {metric: value for metric, _, value, *_ in rows}


def error(source: str, text: str) -> str:
    Path(source).write_text(text)
    result = run(["gld-eval", "run.txt", "--truth", "qrels.txt"])
    assert (result.exit_code, result.stdout) == (1, "")
    return result.stderr.removeprefix("Error: ").removesuffix("\n")


def test_a_run_and_qrels_are_scored_as_trec_eval_scores_them():
    found = scores(run(["gld-eval", "run.txt", "--truth", "qrels.txt", "-m", "map_cut_100"]))
    assert found == {"map_cut_100": "0.5"}  # (1/2 + 1/2) / 2


def test_they_mix_with_tables_of_gld_and_other_protocols():
    Path("n.tsv").write_text("query_id\tindex_id\trank\tscore\nq1\ta\t1\t1\nq2\tx\t1\t1\n")
    named = ["--truth", "qrels.txt", "--protocol", "gldv2-retrieval", "-m", "map@100"]
    assert scores(run(["gld-eval", "n.tsv", *named])) == {"map@100": "0.75"}
    Path("t.tsv").write_text("query_id\tindex_id\tusage\nq1\tb\tall\nq2\td\tall\n")
    assert scores(run(["gld-eval", "run.txt", "--truth", "t.tsv", "-m", "map@100"])) == {
        "map@100": "0.75"
    }


def test_a_run_may_be_compressed_piped_and_have_tabs_or_several_spaces():
    command = ["gld-eval", "--truth", "qrels.txt", "-m", "map_cut_100"]
    tabs = RUN.replace(" ", "\t").replace("\n", "\r\n")
    for text in (tabs.encode(), RUN.replace(" ", "   ").encode(), gzip.compress(RUN.encode())):
        assert scores(run(command, stdin=text)) == {"map_cut_100": "0.5"}


def test_a_baseline_may_be_a_run():
    result = run(["gld-eval", "run.txt", "--truth", "qrels.txt", "--baseline", "run.txt",
                  "--format", "json"])  # fmt: skip
    assert {row["difference"] for row in json.loads(result.stdout)["scores"]} == {0}


def test_results_are_ordered_by_score_then_by_rank_and_numbered_from_1():
    text = b"q 0 c 9 0.5 t\nq 0 b 5 0.5 t\np 0 a 0 1 t\nq 0 a 0 0.75 t\n"
    assert read_run(text, "run.txt").rows() == [
        ("q", "a", 1, 0.75),
        ("q", "b", 2, 0.5),
        ("q", "c", 3, 0.5),
        ("p", "a", 1, 1.0),
    ]


def test_ranks_that_are_all_the_same_say_nothing():
    rows = read_run(b"q 0 a 0 0.25 t\nq 0 b 0 0.5 t\n", "run.txt")
    assert rows["index_id"].to_list() == ["b", "a"]


def test_qrels_keep_what_is_judged_and_not_relevant():
    assert read_qrels(QRELS.encode(), "qrels.txt").rows() == [
        ("q1", "a", "all", ""),
        ("q1", "b", "all", "wrong"),
        ("q2", "c", "all", ""),
        ("q2", "x", "all", ""),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (RUN + "q2 Q0 e 3 -1\n",
         "run.txt:5: 5 cells, expected 6: query_id q0 index_id rank score tag"),
        (RUN + "q2 Q0 e third -1 mine\n", "run.txt:5: rank is 'third', expected an integer"),
        (RUN + "\nq2 Q0 e 3 high mine\n", "run.txt:6: score is 'high', expected a number"),
        (RUN + "q2 Q0 e 3 nan mine\n", "run.txt:5: score is 'nan', expected a number"),
        (RUN + "q2 Q0 e 0 1e39 mine\n",
         "run.txt:5: score is '1e39', beyond the range of 32-bit floats"),
        (RUN + "q2 Q0 e 3 0.8 mine\n",
         "run.txt:3: query 'q2' has 'c' at rank 1 with the score 3.5e-1, below rank 3 with the "
         "score 0.8; expected scores that fall as ranks rise, so correct the scores or the ranks"),
        (RUN + "q3 Q0 e 1 1 mine\n",
         "run.txt: 1 of 3 queries are not in qrels.txt, for example 'q3'; use the truth of the "
         "same query list (a query without positives appears there with usage ignored)"),
        (QRELS,
         "run.txt:1: TREC qrels (query 0 image relevance); expected a table of gld, or a TREC run "
         "(query Q0 image rank score tag) or Kaggle's submission (id,images)"),
    ],
)  # fmt: skip
def test_a_malformed_run(text, message):
    assert error("run.txt", text) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (QRELS + "q3 0 a\n",
         "qrels.txt:5: 3 cells, expected 4: query_id iteration index_id relevance"),
        (QRELS + "q3 0 a yes\n", "qrels.txt:5: relevance is 'yes', expected an integer"),
        (QRELS + "q1 0 a 0\n", "qrels.txt:5: query 'q1' has 'a' twice; keep one"),
        ("q1 0 a 0\nq2 0 c 0\n",
         "qrels.txt: no query has a relevant image, so there is nothing to score; "
         "was the truth made from the lists that were searched?"),
        (RUN,
         "qrels.txt:1: a TREC run (query Q0 image rank score tag); expected a table of gld, or "
         "TREC qrels (query 0 image relevance) or Kaggle's solution (id,images,Usage) or Kaggle's "
         "solution (id,landmarks,Usage)"),
    ],
)  # fmt: skip
def test_malformed_qrels(text, message):
    assert error("qrels.txt", text) == message


def test_text_that_is_not_utf8_is_named_by_its_line():
    Path("run.txt").write_bytes(RUN.encode() + b"q2 Q0 caf\xe9 3 -1 mine\n")
    result = run(["gld-eval", "run.txt", "--truth", "qrels.txt"])
    assert result.stderr == "Error: run.txt:5: not UTF-8 text; write the table in UTF-8\n"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"1 Q0 doc7 0 inf bm25\n", Format.TREC_RUN),
        (b"q1\t0\tdoc\t-1\r\n", Format.TREC_QRELS),
        (b"\xef\xbb\xbfId,Images\r\n", Format.SUBMISSION),
        (b'"id","landmarks","Usage"\n', Format.RECOGNITION_SOLUTION),
        (b"query_id\tindex_id\trank\tscore\n", None),
        (b"query_id\tindex_id\tusage\tgrade\n", None),
        (b'#{"format": "gld-neighbours/1"}\n', None),
        (b"\x80\x04\x95", None),
        (b"", None),
    ],
)
def test_formats_are_known_by_their_first_line(line, expected):
    assert format_of(line) is expected


@pytest.mark.parametrize("protocol", ["trec", "recipe", "ilias", "torchmetrics", "revisitop"])
def test_a_result_that_a_run_repeats_is_refused_even_if_the_truth_does_not_judge_it(protocol):
    Path("run.txt").write_text("a Q0 x 1 0.9 t\na Q0 x 2 0.8 t\na Q0 y 3 0.1 t\na Q0 x 4 0 t\n")
    Path("t.tsv").write_text("query_id\tindex_id\tusage\tgrade\na\ty\tall\teasy\n")
    result = run(["gld-eval", "run.txt", "--truth", "t.tsv", "--protocol", protocol])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: run.txt: query 'a' repeats 'x' at rank 2, which {protocol} does not define; "
        "remove repeated results, or score with gldv2-retrieval\n"
    )


def test_a_run_may_repeat_a_result_where_the_protocol_says_what_it_counts():
    Path("run.txt").write_text("q1 Q0 x 1 0.9 t\nq1 Q0 x 2 0.8 t\nq1 Q0 a 3 0.1 t\n")
    command = ["gld-eval", "run.txt", "--truth", "qrels.txt", "--protocol", "gldv2-retrieval"]
    assert scores(run([*command, "-m", "map@100"])) == {"map@100": str(1 / 6)}


@pytest.mark.parametrize(
    ("line", "need"),
    [
        ("a Q0 x 1 0.9", "6 cells, found 5"),
        ("a Q0 x 1 0.9 my tag", "6 cells, found 7"),
        ("a Q0 x 1.5 0.9 t", "an integer as rank, found '1.5'"),
        ("a Q0 x first 0.9 t", "an integer as rank, found 'first'"),
        ("a Q0 x 1 high t", "a number as score, found 'high'"),
    ],
)
def test_the_first_line_of_a_malformed_run(line, need):
    assert error("run.txt", f"{line}\n") == (
        f"run.txt:1: no format begins with {line!r}: a table of gld needs the columns query_id "
        "index_id rank score, separated by tabs; a TREC run (query Q0 image rank score tag) needs "
        f"{need}; Kaggle's submission (id,images) needs these columns in this order"
    )


@pytest.mark.parametrize(
    ("line", "need"),
    [
        ("a 0 y 1.5", "an integer as relevance, found '1.5'"),
        ("a\t0\ty\tyes", "an integer as relevance, found 'yes'"),
        ("a 0 y 1 7", "4 cells, found 5"),
        ("a 1 7 1", "0 as its second cell where images are numbers, found '1'"),
    ],
)
def test_the_first_line_of_malformed_qrels(line, need):
    assert error("qrels.txt", f"{line}\n") == (
        f"qrels.txt:1: no format begins with {line!r}: a table of gld needs the columns query_id "
        "index_id usage or id path, separated by tabs; TREC qrels (query 0 image relevance) need "
        f"{need}; Kaggle's solution (id,images,Usage) needs these columns in this order; Kaggle's "
        "solution (id,landmarks,Usage) needs these columns in this order"
    )


def test_a_long_first_line_is_shortened():
    message = error("run.txt", "x" * 10_000 + "\n")
    assert f"begins with '{'x' * 30}…{'x' * 29}': a table" in message


def test_images_of_qrels_may_be_numbers():
    Path("qrels.txt").write_text("q1 0 7 1\nq2 0 8 1\n")
    Path("run.txt").write_text("q1 Q0 7 1 0.9 t\nq2 Q0 9 1 0.9 t\n")
    result = run(["gld-eval", "run.txt", "--truth", "qrels.txt", "-m", "map_cut_100"])
    assert scores(result) == {"map_cut_100": "0.5"}
