"""torch's arithmetic without its import, against torch itself."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from gld_shared import torch_library
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

FINITE = st.floats(-65504, 65504, width=16)


def bfloat16(bits):
    return torch.from_numpy(bits).view(torch.bfloat16)


@given(arrays(np.float64, (3, 5), elements=FINITE), st.sampled_from(["float16", "float32"]))
def test_numbers_are_rounded_to_bfloat16_as_torch_rounds_them(numbers, dtype):
    source, bits = (numbers / 3).astype(dtype), np.empty((3, 5), np.int16)
    torch_library.convert(source, bits)
    assert torch.equal(bfloat16(bits), torch.from_numpy(source).bfloat16())


def test_read_only_columns_of_float16_are_widened():
    stored = np.arange(12, dtype=np.float16).reshape(3, 4)[:, 1:3]
    stored.flags.writeable = False
    result = np.empty((3, 2), np.float32)
    torch_library.convert(stored, result)
    assert result.tolist() == [[1, 2], [5, 6], [9, 10]]


def test_products_of_bfloat16_are_those_of_torch():
    generator = np.random.default_rng(0)
    left, right = (np.empty((count, 64), np.int16) for count in (7, 33))
    for bits in (left, right):
        torch_library.convert(generator.standard_normal(bits.shape, np.float32), bits)
    products = np.empty((7, 33), np.int16)
    torch_library.multiply(left, right, products)
    assert torch.equal(bfloat16(products), bfloat16(left) @ bfloat16(right).T)
    torch_library.multiply(left[2:5], right, products[2:5])
    assert torch.equal(bfloat16(products), bfloat16(left) @ bfloat16(right).T)


def test_shapes_that_do_not_fit():
    with pytest.raises(RuntimeError) as error:
        torch_library.multiply(*(np.zeros((2, width), np.float32) for width in (3, 4, 2)))
    assert str(error.value) == "torch's library: a call failed"


def test_the_library_is_used_before_torch_is_imported_and_after():
    program = """
import sys
import numpy as np
from gld_shared import torch_library

some, products = np.array([[1, 2], [3, 4]], np.float32), np.empty((2, 2), np.float32)
assert not torch_library.is_loaded()
torch_library.set_threads(1)
torch_library.multiply(some, some, products)
assert torch_library.is_loaded() and "torch" not in sys.modules
print(products.tolist(), torch_library.threads())
import torch
print((torch.from_numpy(some) @ torch.from_numpy(some).T).tolist(), torch.get_num_threads())
"""
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert output.stdout == "[[5.0, 11.0], [11.0, 25.0]] 1\n" * 2
    assert output.stderr == ""


def test_without_torch(monkeypatch):
    monkeypatch.setattr(torch_library, "_file", lambda: None)
    assert not torch_library.is_installed()
    with pytest.raises(ImportError) as error:
        torch_library._library.__wrapped__()
    assert str(error.value) == "torch is not installed"
