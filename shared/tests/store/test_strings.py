"""Strings in buffers, and their hashes."""

import itertools

import numpy as np
import polars as pl
import pytest
from gld_shared.store import strings as module
from gld_shared.store.strings import Strings, hashes_of, strings_of
from hypothesis import example, given
from hypothesis import strategies as st

NAMES = st.lists(st.text(max_size=30, alphabet="abÄ😀\0"), max_size=30)
SAME_LENGTH = st.lists(st.text("ab", min_size=17, max_size=17), max_size=30)


def strings(names):
    return strings_of(pl.Series(names, dtype=pl.String))


def hashed(names):
    return hashes_of(strings(names)).tolist()


def test_strings_are_one_text_and_their_ends():
    found = strings(["a", "", "bÄ"])
    assert (found.text, found.ends.tolist()) == (b"ab\xc3\x84", [0, 1, 1, 4])
    pieces = [(text, ends.tolist()) for text, ends in found.pieces(2, 100)]
    assert pieces == [(b"a", [0, 1, 1]), (b"b\xc3\x84", [0, 3])]


@given(NAMES, st.integers(1, 9), st.integers(1, 40))
def test_pieces_are_of_so_many_strings_and_bytes(names, count, size):
    pieces = list(strings(names).pieces(count, size))
    assert b"".join(piece.text for piece in pieces) == "".join(names).encode()
    lengths = [np.diff(piece.ends).tolist() for piece in pieces]
    assert list(itertools.chain(*lengths)) == [len(name.encode()) for name in names]
    for each, following in itertools.pairwise([*lengths, None]):
        assert len(each) == 1 or (len(each) <= count and sum(each) <= size)
        assert following is None or len(each) == count or sum(each) + following[0] > size


@pytest.mark.parametrize("at_once", [3, 1 << 13])
@given(NAMES | SAME_LENGTH)
@example(["b", "a\0"])
def test_a_hash_is_that_of_the_string_alone(at_once, names):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_AT_ONCE", at_once)
        together = hashed(names)
    assert together == [each for name in names for each in hashed([name])]
    assert len(set(together)) == len(set(names))


def test_hashes_of_numbered_names_are_spread():
    digits = [f"photos/{number}.jpg" for number in range(1 << 16)]
    letters = [f"{number:016x}" for number in range(0, 1 << 32, 1 << 16)]
    hashes = hashes_of(strings([*digits, *letters]))
    # 2^17 random hashes of 32 bits have 2 equal pairs on average, and fill 12% of 2^20 places.
    assert len(np.unique(hashes)) > len(hashes) - 20
    assert len(np.unique(hashes & 0xFFFFF)) > 0.9 * 2**17


def test_no_strings():
    assert hashes_of(Strings(b"", np.zeros(1, np.int64))).tolist() == []
