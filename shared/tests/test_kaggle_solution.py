"""The rows of Kaggle's solutions."""

import polars as pl
import pytest
from gld_shared.errors import DataError
from gld_shared.kaggle_solution import relevant_images, relevant_pairs


def solution(*rows):
    """Return the rows of a solution as a reader of CSV files finds them, after the header."""
    return pl.DataFrame(rows, ["id", "images", "Usage"], orient="row").with_row_index("line", 2)


def test_pairs_keep_the_order_of_the_file():
    rows = solution(("q2", "b a", "Public"), ("q1", "c", "PRIVATE"))
    assert relevant_pairs(relevant_images(rows, "s.csv")).rows() == [
        ("q2", "b", "public"),
        ("q2", "a", "public"),
        ("q1", "c", "private"),
    ]


@pytest.mark.parametrize("images", ["", "None", "a", "a  b"])
def test_an_ignored_query_has_no_images(images):
    found = relevant_images(solution(("q", images, "Ignored")), "s.csv")
    assert found.rows() == [("q", [], "ignored")]
    assert relevant_pairs(found).rows() == [("q", "", "ignored")]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("", "a", "Public"), "id is empty"),
        (
            ("q1", "a", "Public"),
            "id 'q1' appears twice, first on line 2; expected each once, keep one of the lines",
        ),
        (("q2", "a", "public "), "Usage is 'public ', expected Public, Private or Ignored"),
        *(
            (
                ("q2", images, "Private"),
                f"images is {images!r}; expected ids separated by one space, or Ignored in the "
                "column Usage",
            )
            for images in ("", "None", "a  b", " a", "a ")
        ),
    ],
)
def test_the_first_wrong_row_is_named(row, message):
    with pytest.raises(DataError) as error:
        relevant_images(solution(("q1", "x", "Public"), row), "s.csv")
    assert str(error.value) == f"s.csv:3: {message}"
