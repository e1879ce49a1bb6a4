"""The rules of neighbours, against a loop over the rows."""

import polars as pl
import pytest
from gld_shared.errors import DataError
from gld_shared.tables import NEIGHBOURS
from gld_shared.tables.rules import check_rules
from hypothesis import given
from hypothesis import strategies as st

SCORES = st.sampled_from([1.0, 0.5, 0.5, float("nan"), float("inf"), None])
ROWS = st.tuples(
    st.sampled_from(["a", "b", ""]),
    st.sampled_from(["a", "b", "x", ""]),
    st.sampled_from([1, 2, 3, None]),
    SCORES,
)


@st.composite
def nearly_right(draw):
    """Rows of three queries in order, some of them spoilt."""
    rows = []
    for query in draw(st.lists(st.sampled_from(["a", "b", "c"]), max_size=4)):
        images = draw(st.lists(st.sampled_from(["x", "y", "z"]), max_size=3))
        rows += [(query, image, rank, 1 / rank) for rank, image in enumerate(images, start=1)]
    for _ in range(draw(st.integers(0, 1)) if rows else 0):
        rows[draw(st.integers(0, len(rows) - 1))] = draw(ROWS)
    return rows


def first_fault(rows) -> tuple[int, str] | None:
    begun, pairs = [], set()
    for number, (query, image, rank, score) in enumerate(rows):
        starts = number == 0 or rows[number - 1][0] != query
        last_rank, last_score = (0, float("inf")) if starts else rows[number - 1][2:]
        for broken, fault in [
            (not query, "query_id is empty"),
            (not image, "index_id is empty"),
            (score is None or score != score, "score is empty or not a number"),
            (starts and query in begun, "rows of a query are not adjacent; sort them"),
            (
                rank is None or last_rank is None or rank != last_rank + 1,
                "rank is out of order; a query's ranks are 1, 2, 3 and so on",
            ),
            (
                not starts and not (None not in (score, last_score) and score <= last_score),
                "score rises within a query; expected best first",
            ),
            ((query, image) in pairs, "index_id appears twice in this query"),
        ]:
            if broken:
                return number, fault
        begun.append(query)
        pairs.add((query, image))
    return None


@given(st.one_of(nearly_right(), st.lists(ROWS, max_size=6)))
def test_the_first_fault_is_that_of_a_loop_over_the_rows(rows):
    table = pl.DataFrame(rows, dict(NEIGHBOURS.columns), orient="row")
    fault = first_fault(rows)
    if fault is None:
        check_rules(table, "n.tsv", 3, NEIGHBOURS)
        return
    with pytest.raises(DataError) as caught:
        check_rules(table, "n.tsv", 3, NEIGHBOURS)
    assert str(caught.value) == f"n.tsv:{3 + fault[0]}: {fault[1]}"
