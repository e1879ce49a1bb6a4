"""The rows of a list that are trained on, and their labels."""

from dataclasses import replace

import polars as pl
import pytest
from gld_shared.errors import DataError
from gld_shared.tables import Table
from gld_train.data.labelled_rows import labelled


def table(labels, **columns):
    names = [f"{number}.jpg" for number in range(len(labels))]
    given = {"id": names, "path": names, "label": pl.Series(labels, dtype=pl.Int64)}
    return Table(pl.DataFrame({**given, **columns}))


def test_rows_without_a_label_are_left_out_and_labels_counted_without_gaps():
    samples = labelled(table([70_000, None, 3, 70_000]))
    assert samples.labels.tolist() == [1, 0, 1]
    assert samples.paths.tolist() == [b"0.jpg", b"2.jpg", b"3.jpg"]
    assert samples.classes == 2


def test_labels_stay_for_class_vectors_of_an_earlier_stage():
    assert labelled(table([5, None, 3]), keep_labels=True).labels.tolist() == [5, 3]


def test_labels_without_gaps_stay():
    assert labelled(table([2, 0, 1])).labels.tolist() == [2, 0, 1]


def test_a_list_without_labels_is_refused():
    with pytest.raises(DataError, match="no row has a label"):
        labelled(table([None, None]))


@pytest.mark.parametrize("keep_labels", [False, True])
def test_a_list_of_one_landmark_is_refused(keep_labels):
    rows = replace(table([7, None, 7]), path="list.tsv")
    with pytest.raises(DataError) as caught:
        labelled(rows, keep_labels)
    assert str(caught.value) == (
        "list.tsv: all 2 labelled rows are of one landmark, label 7; expected at least two "
        "landmarks, to learn what tells them apart"
    )


def test_each_class_knows_its_landmark():
    rows = table([5, None, 3, 5], landmark=["Petra", "none", "Ani", "Petra"])
    assert labelled(rows).landmarks == [b"Ani", b"Petra"]
    assert labelled(rows, keep_labels=True).landmarks == [b"", b"", b"", b"Ani", b"", b"Petra"]
    assert labelled(table([0, 1])).landmarks is None


def test_counts_include_classes_that_the_list_lacks():
    assert labelled(table([0, 2, 2]), keep_labels=True).counts(4).tolist() == [1, 0, 2, 0]


def test_a_label_that_no_head_has_a_row_for_is_refused_where_labels_stay():
    rows = replace(table([0, 2**63 - 1]), path="list.tsv")
    assert labelled(rows).labels.tolist() == [0, 1]
    with pytest.raises(DataError) as caught:
        labelled(rows, keep_labels=True)
    assert str(caught.value) == (
        "list.tsv: '1.jpg' has label 9223372036854775807, expected less than 100000000: with "
        "head.classes or head.init a class vector stands for each number from 0; number the "
        "landmarks 0, 1, 2 and so on"
    )
