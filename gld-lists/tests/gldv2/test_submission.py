"""Kaggle's submission from a table of neighbours."""

import polars as pl
import pytest
from gld_lists.gldv2.submission import submission_rows
from gld_shared.testing import run

NEIGHBOURS = (
    "query_id\tindex_id\trank\tscore\nq2\tc\t1\t0.9\nq2\ta\t2\t0.8\nq2\tb\t3\t0.7\nq1\tb\t1\t0.5\n"
)


@pytest.mark.parametrize(
    ("options", "rows"),
    [([], ["q2,c a b", "q1,b"]), (["-k", "2"], ["q2,c a", "q1,b"])],
)
def test_submission(options, rows):
    result = run(["gld-lists", "submission", *options], stdin=NEIGHBOURS)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == ["id,images", *rows]


def test_a_submission_holds_a_hundred_ids():
    ranks = list(range(1, 151))
    rows = pl.DataFrame(
        {"query_id": ["q"] * 150, "index_id": [f"i{rank}" for rank in ranks], "rank": ranks}
    )
    ((_, images),) = submission_rows(rows).rows()
    assert images.split(" ") == [f"i{rank}" for rank in range(1, 101)]


def test_a_submission_cannot_hold_ids_with_spaces():
    result = run(["gld-lists", "submission"], stdin=NEIGHBOURS.replace("\tc\t", "\tc d\t"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: index_id 'c d' holds a space, which separates ids in a submission; rename it\n"
    )
