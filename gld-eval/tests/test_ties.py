import polars as pl
from gld_eval.ties import tie_ranks
from hypothesis import given
from hypothesis import strategies as st

RESULT = st.tuples(st.sampled_from([3.0, 2.0, 1.0]), st.sampled_from("abcdef"))
QUERY = st.lists(RESULT, unique_by=lambda result: result[1])


@given(st.lists(QUERY, min_size=1, max_size=4))
def test_equals_a_loop_over_the_results_of_each_query(queries):
    rows, ends, ranks = [], [], []
    for number, results in enumerate(queries):
        ranked = sorted(results, key=lambda result: -result[0])
        by_id = sorted(ranked, reverse=True)
        for rank, (score, image) in enumerate(ranked, start=1):
            rows.append((f"q{number}", image, rank, score))
            ends.append(sum(other >= score for other, _ in ranked))
            ranks.append(by_id.index((score, image)) + 1)
    schema = {"query_id": pl.String, "index_id": pl.String, "rank": pl.Int32, "score": pl.Float32}
    end, rank = tie_ranks(pl.DataFrame(rows, schema, orient="row"))
    assert (end.tolist(), rank.tolist()) == (ends, ranks)


def test_without_scores_nothing_ties():
    rows = pl.DataFrame({"query_id": ["a", "a"], "index_id": ["x", "y"], "rank": [1, 2]})
    end, rank = tie_ranks(rows)
    assert (end.tolist(), rank.tolist()) == ([1, 2], [1, 2])
