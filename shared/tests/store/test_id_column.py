import numpy as np
import polars as pl
import pytest
from gld_shared.store import id_column as module
from gld_shared.store.id_column import id_column, joined
from hypothesis import given, settings
from hypothesis import strategies as st

NAMES = st.lists(st.text(max_size=20, alphabet="ab\tÄ😀 "), max_size=30)


def equal_hashes(strings):
    return np.zeros(len(strings.ends) - 1, np.uint32)


@pytest.fixture(params=["hashes", "equal hashes"], autouse=True, scope="module")
def hashes(request):
    """Hashes as they come, and hashes that all collide, in slices of 4 ids or 30 bytes.

    More than one plain id are decoded at once.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SLICE", 4)
        patch.setattr(module, "_SLICE_BYTES", 30)
        patch.setattr(module, "_LOOKED_UP", 3)
        patch.setattr(module, "_FEW", 1)
        if request.param == "equal hashes":
            patch.setattr(module, "hashes_of", equal_hashes)
        yield


@settings(max_examples=30, deadline=None)
@given(NAMES, st.data())
def test_a_column_reads_like_the_list(names, data):
    column = id_column([names[:5], names[5:]])
    assert (len(column), list(column), column[2:7]) == (len(names), names, names[2:7])
    if names:
        rows = data.draw(st.lists(st.integers(0, len(names) - 1)))
        assert column.take(np.array(rows, np.int64)).to_list() == [names[row] for row in rows]
        assert column[-1] == names[-1]
    assert column.longest == max((len(name.encode()) for name in names), default=0)


@settings(max_examples=30, deadline=None)
@given(NAMES, NAMES)
def test_rows_are_found_by_name(names, wanted):
    names = list(dict.fromkeys(names))
    wanted += names[::2]
    expected = [names.index(name) if name in names else -1 for name in wanted]
    assert id_column([names]).rows_of(wanted).tolist() == expected


@settings(max_examples=30, deadline=None)
@given(NAMES, NAMES)
def test_joined_columns_and_the_first_repeat(first, second):
    names = first + second
    column = joined([id_column([first]), id_column([second])])
    assert list(column) == names and column.equals(id_column([names]))
    repeats = [row for row, name in enumerate(names) if name in names[:row]]
    expected = (names.index(names[repeats[0]]), repeats[0]) if repeats else None
    assert column.first_repeat() == expected


@settings(max_examples=30, deadline=None)
@given(NAMES, st.data())
def test_a_column_equals_its_own_names_only(names, data):
    column = id_column([names[:5], names[5:]])
    assert column.equals_names(pl.Series(names, dtype=pl.String))
    place = data.draw(st.integers(0, len(names)))
    one = data.draw(st.sampled_from([None, "", "a", "ab", "Ä"]))
    for others in (
        [*names[:place], one, *names[place + 1 :]],
        [*names[:place], one, *names[place:]],
        names[:place],
        ["".join(names)],
        [*names[:place], "".join(names[place : place + 2]), "", *names[place + 2 :]],
    ):
        assert column.equals_names(pl.Series(others, dtype=pl.String)) == (others == names)


def test_columns_that_differ():
    column = id_column([["a", "b"]])
    assert not column.equals(id_column([["a", "c"]])) and not column.equals(id_column([["a"]]))
    assert not id_column([["ab", "c"]]).equals(id_column([["a", "bc"]]))
    assert column.equals(id_column([["a", "b"]])) and column.equals(column)


def test_a_row_beyond_the_end_is_an_error():
    with pytest.raises(IndexError):
        id_column([["a"]])[1]
