"""Chunks of strings, as Zarr's codec writes them."""

import numpy as np
import pytest
from gld_shared.store import open_store, write_store
from gld_shared.store.id_column import column_of_strings
from gld_shared.store.text_chunks import strings
from hypothesis import given
from hypothesis import strategies as st
from numcodecs import VLenUTF8


def chunk(names):
    return bytes(VLenUTF8().encode(np.array(names, dtype=object)))


SAME_LENGTH = st.lists(st.text("ab\r", min_size=2, max_size=2)) | st.lists(
    st.text("abé\n", min_size=2, max_size=2)
)


LONG = st.lists(st.sampled_from(["a" * 255, "b" * 256, "c", "\0"]))


@given(st.lists(st.text(max_size=9)) | SAME_LENGTH | LONG, st.data())
def test_the_first_strings_are_those_that_were_encoded(names, data):
    count = data.draw(st.integers(0, len(names)))
    assert list(column_of_strings([strings(memoryview(chunk(names)), count)])) == names[:count]


@given(st.lists(st.text(max_size=3), min_size=1), st.data())
def test_cut_chunks_are_refused(names, data):
    whole = chunk(names)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    with pytest.raises(ValueError, match=r"ends at|a string of"):
        strings(memoryview(cut), len(names))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (chunk(["a", "b"]), "2 strings, expected 3"),
        (chunk(["a", "b", "c"])[:6], "ends at 6, where a number is"),
        (chunk(["a", "b", "cde"])[:-1], "a string of 3 bytes at 18 of 20"),
        (chunk(["a", "b", "cde"]).replace(b"cde", b"c\xff\xff"), "'utf-8' codec can't decode"),
        (
            chunk(["a", "bc", "de"]).replace(b"c", b"\xc3").replace(b"d", b"\xa4"),
            "a string that begins within a character at 3$",
        ),
    ],
)
def test_what_is_no_such_chunk(data, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        strings(memoryview(data), 3)


@pytest.mark.parametrize("names", [["a", "bcd", "é"], ["ab", "cd", "ef"], []])
def test_a_store_holds_the_ids_that_were_written(tmp_path, names):
    store = write_store(tmp_path / "x.zarr", names, np.eye(len(names), 4, dtype=np.float32))
    assert list(open_store(store).ids) == names
