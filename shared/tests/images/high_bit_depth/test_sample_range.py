"""The range of samples from black to white, and their reduction to 8 bits."""

import numpy as np
import pytest
from gld_shared.images.high_bit_depth.sample_range import SampleRange, guess_range, to_8_bits
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([0, 255], "u2"), (0, 255)),
        (np.array([0, 256], "u2"), (0, 1023)),
        (np.array([7, 2000], "u2"), (0, 4095)),
        (np.array([0, 4096], "u2"), (0, 16383)),
        (np.array([0, 16384], "u2"), (0, 65535)),
        (np.array([0, 16384], "i2"), (0, 32767)),
        (np.array([0, 16384], "i4"), (0, 32767)),
        (np.array([0, 65536], "u4"), (0, 131071)),
        (np.array([0, 2**31], "u4"), (0, 2**32 - 1)),
        (np.array([-5, 300], "i4"), (-5, 300)),
        (np.array([0, 0.3], "f4"), (0, 1)),
        (np.array([0, 1.5], "f4"), (0, 1.5)),
        (np.array([-0.5, np.nan, np.inf], "f4"), (-0.5, -0.5)),
    ],
)
def test_the_range_of_undeclared_samples(values, expected):
    assert guess_range(values) == expected


@given(arrays(np.uint16, (3, 5)), st.integers(8, 16))
def test_integers_lose_their_lower_bits(values, bits):
    white = 2**bits - 1
    pixels = to_8_bits(values, SampleRange(0, white))
    np.testing.assert_array_equal(pixels, np.minimum(values, white) >> (bits - 8))
