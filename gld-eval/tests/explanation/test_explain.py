from pathlib import Path

import numpy as np
import pytest
from gld_eval.explanation.explain import explain
from gld_eval.explanation.rules import HEADLINES, steps
from gld_eval.explanation.text import lines
from gld_eval.judgements import judge
from gld_eval.matching import match
from gld_shared.errors import DataError
from gld_shared.testing import ranking_of, run, truth_of

# 150 positives of which 100 are found; 2 of which 1 is found, at rank 5; 1 that is not found.
TOY_RANKING = {
    "many": [f"m{number}" for number in range(100)],
    "late": ["x1", "x2", "x3", "x4", "l1"],
    "lost": ["x1", "x2"],
}
TOY_TRUTH = [
    *(("many", f"m{number}", "all") for number in range(150)),
    ("late", "l1", "all"),
    ("late", "l2", "all"),
    ("lost", "n1", "all"),
]
FALLING = {
    query: [1 - rank / 1000 for rank in range(len(ids))] for query, ids in TOY_RANKING.items()
}


def explained(ranked, scores, pairs, protocol="gldv2-retrieval"):
    judgements = judge(truth_of(pairs))
    return explain(match(ranking_of(ranked, scores), judgements), judgements, protocol)


@pytest.fixture
def toy(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    neighbours = ["query_id\tindex_id\trank\tscore"] + [
        f"{query}\t{index}\t{rank}\t{FALLING[query][rank - 1]}"
        for query, ids in TOY_RANKING.items()
        for rank, index in enumerate(ids, 1)
    ]
    truth = ["query_id\tindex_id\tusage", *("\t".join(pair) for pair in TOY_TRUTH)]
    Path("n.tsv").write_text("\n".join(neighbours) + "\n")
    Path("t.tsv").write_text("\n".join(truth) + "\n")


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize(
    ("protocol", "metric", "value"),
    [
        ("gldv2-retrieval", "map@100", 0.3667),
        ("trec", "map_cut_100", 0.2556),
        ("torchmetrics", "torchmetrics-map@100", 0.4000),
    ],
)
def test_one_run_has_three_values_of_map_at_100(protocol, metric, value):
    result = run(["gld-eval", "n.tsv", "--truth", "t.tsv", "--protocol", protocol, "-m", metric])
    row = result.stdout.splitlines()[2].split("\t")
    assert (row[0], round(float(row[2]), 4)) == (metric, value)


@pytest.mark.usefixtures("toy")
def test_the_command_explains_the_three_values():
    result = run(["gld-eval", "n.tsv", "--truth", "t.tsv", "--explain"])
    assert result.stdout == (
        "gldv2-retrieval  map@100               0.3667\n"
        "recipe           recipe-map@100        0.2556  -0.1111\n"
        "                 -0.1111  divided by all positives, not by min(positives, 100) (1 query)\n"
        "revisitop        revisitop-medium-map  -  needs a truth that grades images as easy or "
        "hard\n"
        "ilias            ilias-map@1000        0.2556  -0.1111\n"
        "                 -0.1111  K is 1000, not 100 (1 query)\n"
        "trec             map_cut_100           0.2556  -0.1111\n"
        "                 -0.1111  divided by all positives, not by min(positives, 100) (1 query)\n"
        "torchmetrics     torchmetrics-map@100  0.4000  +0.0333\n"
        "                 +0.0333  divided by the hits found, not by min(positives, 100) "
        "(1 query)\n"
    )
    readme = Path(__file__).parents[2] / "README.md"
    assert result.stdout in readme.read_text()


@pytest.mark.usefixtures("toy")
def test_options_that_do_not_go_with_an_explanation_are_usage_errors():
    command = ["gld-eval", "n.tsv", "--truth", "t.tsv", "--explain"]
    result = run([*command, "-m", "map@10", "--per-query"])
    assert result.exit_code == 2
    assert "Error: --explain writes no scores; leave --metric and --per-query out" in result.stderr
    result = run([*command, "--format", "json", "--seed", "3"])
    assert result.exit_code == 2
    assert "Error: --explain writes no scores; leave --format and --seed out" in result.stderr
    result = run([*command, "--protocol", "place-recognition"])
    assert result.exit_code == 2
    assert (
        "Error: --explain compares average precision, which place-recognition is not; name another "
        "--protocol" in result.stderr
    )


def rules_of(found, protocol):
    (one,) = [each for each in found if each.protocol == protocol]
    return [(effect.rule, round(effect.change, 4), effect.queries) for effect in one.effects]


def test_ties_own_images_and_missing_queries_are_named():
    ranked = {"a": ["x", "z", "y"], "b": ["b", "x"]}
    scores = {"a": [0.5, 0.5, 0.5], "b": [0.9, 0.8]}
    pairs = [("a", "y", "all"), ("b", "x", "all"), ("c", "x", "all"), ("d", "", "ignored")]
    found = explained(ranked, scores, pairs)
    assert rules_of(found, "trec") == [
        ("junk and own images stay in the ranking", round((1 / 2 - 1) / 3, 4), 1),
        ("equal scores ordered by index id, descending, not as ranked",
         round((1 / 2 - 1 / 3) / 3, 4), 1),
    ]  # fmt: skip
    assert rules_of(found, "ilias") == [
        ("junk and own images stay in the ranking", round((1 / 2 - 1) / 3, 4), 1),
        ("queries without neighbours are left out",
         round((1 / 3 + 1 / 2) / 2 - (1 / 3 + 1 / 2) / 3, 4), 1),
    ]  # fmt: skip


def test_scores_below_0_and_queries_without_positives_are_named():
    pairs = [("a", "x", "all", ""), ("b", "x", "all", "junk")]
    found = explained({"a": ["y", "x"], "b": ["x"]}, {"a": [-0.1, -0.2], "b": [0.5]}, pairs)
    assert rules_of(found, "torchmetrics") == [
        ("hits count only with scores above 0", -0.5, 1),
        ("queries without positives count 0", 0.0, 1),
    ]
    assert rules_of(found, "trec") == [("queries without positives count 0", -0.25, 1)]


def test_a_graded_truth_is_compared_with_revisitop():
    found = explained({"a": ["y", "x"]}, None, [("a", "x", "all", "easy")])
    assert rules_of(found, "revisitop") == [
        ("the mean of the precision before and at each hit: the area by trapezoids", -0.25, 1)
    ]


def test_definitions_without_repeated_results_say_so():
    found = explained({"a": ["x", "x"]}, None, [("a", "x", "all")])
    assert list(lines(found))[1:3] == [
        "recipe           recipe-map@100        -  does not define repeated results",
        "revisitop        revisitop-medium-map  -  needs a truth that grades images as easy or "
        "hard",
    ]


def test_definitions_that_leave_out_every_query_say_so():
    found = explained({"a": ["x", "a"]}, None, [("a", "a", "all")], "trec")
    assert list(lines(found))[:2] == [
        "trec             map_cut_100           0.5000",
        "gldv2-retrieval  map@100               -  leaves out every query",
    ]


@pytest.mark.parametrize(
    ("ranked", "pair", "start", "message"),
    [
        (["x"], ("a", "x", "all"), "revisitop",
         "t.tsv: query 'a' has 'x' without a grade; revisitop expects a column grade with easy, "
         "hard or junk in each row"),
        (["x", "x"], ("a", "x", "all"), "trec",
         "n.tsv: query 'a' repeats 'x' at rank 2, which trec does not define; remove repeated "
         "results, or score with gldv2-retrieval"),
        (["a"], ("a", "a", "all"), "recipe",
         "n.tsv: nothing to score with t.tsv: no query has a value of recipe-map@100; recipe "
         "leaves out queries without positives other than their own image"),
    ],
)  # fmt: skip
def test_a_run_that_the_protocol_cannot_score_is_refused_as_in_scoring(
    ranked, pair, start, message
):
    with pytest.raises(DataError) as caught:
        explained({"a": ranked}, None, [pair], start)
    assert str(caught.value) == message


@pytest.mark.parametrize("start", HEADLINES)
def test_the_changes_of_the_rules_add_up(start):
    generator = np.random.default_rng(3)
    pool = [f"i{number}" for number in range(150)]
    ranked = {query: generator.permutation(pool).tolist() for query in ("a", "b", "i3")}
    scores = {query: np.sort(generator.integers(-2, 9, 150))[::-1].tolist() for query in ranked}
    pairs = [
        (query, index, "all", generator.choice(["easy", "hard", "junk"]))
        for query in [*ranked, "missing"]
        for index in generator.choice(pool, 120, replace=False)
    ]
    first, *others = explained(ranked, scores, pairs, start)
    assert (first.protocol, first.effects) == (start, [])
    for other in others:
        total = sum(effect.change for effect in other.effects)
        assert first.value + total == pytest.approx(other.value, abs=1e-12)


def test_images_are_removed_only_while_equal_scores_are_as_ranked():
    for start in HEADLINES.values():
        for end in HEADLINES.values():
            found = [rules for _, rules in steps(start, end)]
            assert found[-1:] in ([], [end])
            assert all(rules.ties.name == "AS_RANKED" for rules in found if rules.removes)
