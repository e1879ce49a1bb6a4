import collections
import os
import pickle
import struct

import numpy as np
import pytest
from gld_eval.ground_truth.plain_pickle import read_plain_pickle
from gld_shared.errors import DataError
from hypothesis import given
from hypothesis import strategies as st

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
PROTOCOLS = st.integers(0, pickle.HIGHEST_PROTOCOL)


def refusal(data: bytes) -> str:
    with pytest.raises(DataError) as caught:
        read_plain_pickle(data, "gnd.pkl")
    return str(caught.value)


@given(PLAIN, PROTOCOLS)
def test_plain_data_are_read_at_every_protocol(value, protocol):
    assert read_plain_pickle(pickle.dumps(value, protocol), "gnd.pkl") == value


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    "array",
    [
        np.arange(6).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.array([], np.float64),
        np.array([True, False]),
        np.array([1, 200], np.uint8),
        np.arange(3, dtype=">i4"),
    ],
)
def test_arrays_of_numbers_are_read_at_every_protocol(array, protocol):
    found = read_plain_pickle(pickle.dumps({"a": array, "again": array}, protocol), "gnd.pkl")
    for copy in found.values():
        assert copy.dtype == array.dtype
        np.testing.assert_array_equal(copy, array)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_numbers_of_numpy_are_read(protocol):
    data = pickle.dumps([np.float64(0.5), np.int64(3)], protocol)
    assert read_plain_pickle(data, "gnd.pkl") == [0.5, 3]


def test_a_list_in_many_places_is_read_once():
    nested: list[object] = []
    for _ in range(60):
        nested = [nested, nested]  # 2 ** 60 lists, if each were read again
    assert len(read_plain_pickle(pickle.dumps(nested), "gnd.pkl")) == 2


class Runs:
    """Creates a file as soon as a pickle of it is loaded."""

    def __reduce__(self):
        return os.mkdir, ("ran",)


SUFFIX = (
    ", of which nothing was run; expected lists, dicts, strings, numbers and numpy arrays of "
    "numbers only, as in the official files"
)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("wrap", [lambda it: it, lambda it: {"gnd": [it]}, lambda it: [0, it]])
def test_code_is_refused_before_it_runs(protocol, wrap, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    module = os.mkdir.__module__
    message = refusal(pickle.dumps(wrap(Runs()), protocol))
    assert message == f"gnd.pkl: a pickle that holds {module}.mkdir{SUFFIX}"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("data", "held"),
    [
        (b"cos\nsystem\n(S'touch ran'\ntR.", "os.system"),
        (b"(S'touch ran'\nios\nsystem\n.", "the instruction INST"),
        (b"(cos\nsystem\nS'touch ran'\no.", "the instruction OBJ"),
        (b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R.", "builtins.eval"),
        (b"cnumpy.testing\nmeasure\n(S'1'\ntR.", "numpy.testing.measure"),
        (b"cnumpy\nndarray.__class__\n.", "numpy.ndarray.__class__"),
        (b"Pfile\n.", "the instruction PERSID"),
        (b"\x80\x02\x82\x01.", "the instruction EXT1"),
        (b"\x80\x05\x97.", "the instruction NEXT_BUFFER"),
        (b"cnumpy\nndarray\n.", "ArrayClass by itself"),
        (pickle.dumps({1, 2}, 4), "the instruction EMPTY_SET"),
        (pickle.dumps(collections.OrderedDict()), "collections.OrderedDict"),
        (pickle.dumps(np.array([object()], object), 4), "the instruction NEWOBJ"),
        (pickle.dumps(np.array([None])), "an array of type 'O8'"),
        (pickle.dumps(np.array(["text"])), "an array of type 'U4'"),
        (pickle.dumps(np.zeros(1, [("a", "i4")])), "an array of type 'V4'"),
    ],
)
def test_anything_else_is_refused_before_any_of_it_runs(data, held, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert refusal(data) == f"gnd.pkl: a pickle that holds {held}{SUFFIX}"
    assert not list(tmp_path.iterdir())


def test_the_descriptions_of_arrays_cannot_be_changed_by_a_pickle():
    first = pickle.dumps(np.arange(3))
    for target in (b"cnumpy\ndtype\n", b"cnumpy.core.multiarray\n_reconstruct\n"):
        refusal(target + b"(dS'value'\nS'x'\nsb.")
        refusal(target + b"(N(dS'value'\nS'x'\nstb.")
    assert read_plain_pickle(first, "gnd.pkl").tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80\x04",
        b"not a pickle",
        pickle.dumps({"gnd": [1, 2, 3]})[:-4],
        b"]r" + struct.pack("<I", 2**32 - 1) + b".",
        b"\x80\x05\x96" + struct.pack("<Q", 2**60) + b".",
        b"(" * 100 + b".",
    ],
)
def test_a_damaged_pickle_is_named(data):
    message = refusal(data)
    assert message.startswith("gnd.pkl: a damaged pickle (")
    assert message.endswith("); copy or download it again")


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data):
    try:
        read_plain_pickle(b"\x80\x04" + data, "gnd.pkl")
    except DataError as error:
        assert str(error).startswith("gnd.pkl: a ")


@pytest.mark.parametrize("depth", [20_000, 200_000])
def test_a_pickle_that_is_nested_too_deeply_is_refused(depth):
    assert refusal(b"\x80\x04" + b"]" * depth + b"a" * (depth - 1) + b".") == (
        "gnd.pkl: a pickle that is nested too deeply; expected a dict of lists, as in the "
        "official files"
    )
