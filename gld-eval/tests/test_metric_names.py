import pytest
from gld_eval.metric_names import parse_metrics


def test_metric_names_parse_and_print_back():
    names = ["map@100", "precision@10", "recall@1"]
    assert [str(metric) for metric in parse_metrics([*names, "map@100"])] == names


def test_all_bad_metric_names_are_reported_at_once():
    with pytest.raises(ValueError, match=r"'map', 'ndcg@10', 'map@0'; expected map@K, "):
        parse_metrics(["map", "map@5", "ndcg@10", "map@0"])
