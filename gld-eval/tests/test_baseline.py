"""gld-eval --baseline: two runs on the same truth."""

import re
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from gld_eval import compare, evaluate, parse_metrics
from gld_shared.tables import NEIGHBOURS, read_neighbours, read_scores, write_table
from gld_shared.testing import ranking_of, run, truth_of

# The rank of the only relevant image of each query, 0 where it is not found.
RANKS = {"q0": (1, 2), "q1": (1, 4), "q2": (2, 1), "q3": (1, 0), "q4": (3, 3), "q5": (0, 0)}


def table(ranks: dict[str, int]) -> str:
    rows = ["query_id\tindex_id\trank\tscore"]
    for query, right in ranks.items():
        for rank in range(1, 5):
            image = "right" if rank == right else f"wrong{rank}"
            rows.append(f"{query}\t{image}\t{rank}\t{1 / rank:.3f}")
    return "\n".join(rows) + "\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("new.tsv").write_text(table({query: ranks[0] for query, ranks in RANKS.items()}))
    Path("old.tsv").write_text(table({query: ranks[1] for query, ranks in RANKS.items()}))
    truth = [f"{query}\tright\tpublic\n" for query in RANKS]
    Path("t.tsv").write_text("query_id\tindex_id\tusage\n" + "".join(truth))
    return tmp_path


def scored(*options: str):
    command = ["gld-eval", "new.tsv", "--truth", "t.tsv", "-m", "map@4", "-m", "recall@1"]
    result = run([*command, "--baseline", "old.tsv", "-o", "s.tsv", *options])
    assert result.exit_code == 0, result.stderr
    return read_scores("s.tsv")


@pytest.mark.usefixtures("folder")
def test_the_difference_of_the_means_with_interval_and_p_value():
    means = scored().rows.filter(query_id="")
    assert means["metric"].to_list() == ["map@4"] * 2 + ["recall@1"] * 2
    assert means["usage"].to_list() == ["public", "all"] * 2
    gains = [0.5, 0.75, -0.5, 1.0, 0.0, 0.0]
    row = means.row(0, named=True)
    assert row["baseline"] == pytest.approx(np.mean([1 / 2, 1 / 4, 1, 0, 1 / 3, 0]))
    assert row["difference"] == pytest.approx(np.mean(gains))
    assert row["difference"] == pytest.approx(row["value"] - row["baseline"])
    assert -0.5 < row["difference_low"] < row["difference"] < row["difference_high"] < 1
    totals = [np.dot(signs, gains) for signs in product([-1, 1], repeat=6)]
    assert row["p_value"] == pytest.approx(np.mean(np.abs(totals) >= 1.75), abs=0.02)


@pytest.mark.usefixtures("folder")
def test_the_queries_that_changed_most_come_first_by_the_first_metric():
    changed = scored().rows.filter(pl.col("query_id") != "")
    columns = ["query_id", "metric", "value", "baseline", "difference"]
    columns += ["relevant", "found", "first_rank"]
    assert changed.select(columns).rows() == [
        ("q3", "map@4", 1.0, 0.0, 1.0, 1, 1, 1),
        ("q1", "map@4", 1.0, 0.25, 0.75, 1, 1, 1),
        ("q0", "map@4", 1.0, 0.5, 0.5, 1, 1, 1),
        ("q2", "map@4", 0.5, 1.0, -0.5, 1, 1, 2),
    ]


@pytest.mark.usefixtures("folder")
def test_per_query_has_the_difference_of_every_query_and_metric():
    rows = scored("--per-query").rows.filter(pl.col("query_id") != "")
    assert rows["query_id"].to_list() == [query for query in RANKS for _ in range(2)]
    assert rows["difference"].to_list() == [0.5, 1, 0.75, 1, -0.5, -1, 1, 1, 0, 0, 0, 0]


@pytest.mark.usefixtures("folder")
def test_per_query_has_queries_that_the_baseline_lacks():
    new = read_neighbours("new.tsv")
    first = new.rows.filter(pl.col("query_id") == new.rows["query_id"][0])
    write_table("few.tsv", NEIGHBOURS, first, new.header)
    command = ["gld-eval", "new.tsv", "--truth", "t.tsv", "--protocol", "torchmetrics"]
    for options in ([], ["--baseline", "few.tsv"]):
        assert run([*command, *options, "--per-query", "-o", "s.tsv"]).exit_code == 0
        rows = read_scores("s.tsv").rows.filter(pl.col("query_id") != "")
        assert rows["query_id"].n_unique() == new.rows["query_id"].n_unique()
    assert 0 < rows["difference"].null_count() < len(rows)


@pytest.mark.usefixtures("folder")
def test_a_run_does_not_differ_from_itself():
    result = run(
        ["gld-eval", "old.tsv", "--truth", "t.tsv", "--baseline", "old.tsv", "-o", "s.tsv"]
    )
    assert result.exit_code == 0
    rows = read_scores("s.tsv").rows
    assert "query_id" not in rows.columns
    assert rows["difference"].to_list() == [0] * 6
    assert rows["difference_low"].to_list() == rows["difference_high"].to_list() == [0] * 6
    assert rows["p_value"].to_list() == [1] * 6


@pytest.mark.usefixtures("folder")
def test_the_history_names_the_baseline():
    entry = scored().header["history"][-1]
    assert [source["path"] for source in entry["inputs"]] == ["new.tsv", "t.tsv", "old.tsv"]


@pytest.mark.usefixtures("folder")
def test_a_baseline_of_other_queries_is_refused():
    Path("old.tsv").write_text(table({"other": 1}))
    result = run(["gld-eval", "new.tsv", "--truth", "t.tsv", "--baseline", "old.tsv"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: old.tsv: 1 of 1 queries are not in t.tsv, for example 'other'; use the truth of "
        "the same query list (a query without positives appears there with usage ignored)\n"
    )


@pytest.mark.usefixtures("folder")
def test_scores_without_a_common_query_are_kept_without_a_comparison():
    Path("new.tsv").write_text(table({"q0": 1}))
    Path("old.tsv").write_text(table({"q1": 4}))
    command = ["gld-eval", "new.tsv", "--truth", "t.tsv", "--baseline", "old.tsv"]
    result = run([*command, "--protocol", "ilias", "-o", "s.tsv"])
    assert result.exit_code == 0, result.stderr
    means = read_scores("s.tsv").rows.select("metric", "usage", "value", "baseline", "difference")
    assert means.rows() == [
        ("ilias-map@1000", "public", 1.0, None, None),
        ("ilias-map@1000", "all", 1.0, None, None),
    ]


@pytest.mark.parametrize(
    ("query", "metric", "message"),
    [
        ("b", "map@100",
         "the evaluations score other queries; evaluate both by the same truth and protocol"),
        ("a", "recall@1", "the baseline has no map@100; evaluate both with the same metrics"),
    ],
)  # fmt: skip
def test_evaluations_of_other_queries_or_metrics_are_not_compared(query, metric, message):
    run_of_a, other = (
        evaluate(
            ranking_of({name: ["x"]}, None),
            truth_of([(name, "x", "all")]),
            parse_metrics([measured]),
        )
        for name, measured in (("a", "map@100"), (query, metric))
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        compare(run_of_a, other)
