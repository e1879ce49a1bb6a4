"""Stored numbers in the type that is wanted."""

import warnings

import numpy as np
import pytest
import torch
from gld_shared.store.widening import widen


@pytest.mark.parametrize("dtype", ["float16", "float32", "int64"])
def test_numbers_that_cannot_be_written_are_widened_without_a_warning(dtype):
    assert torch.get_num_threads()  # torch, which is imported, widens float16
    stored = np.arange(6).reshape(2, 3).astype(dtype)
    stored.flags.writeable = False
    result = np.empty((2, 3), np.float32)
    widen(stored[[1, 0]], result)  # a copy, of which torch says nothing
    assert result.tolist() == [[3, 4, 5], [0, 1, 2]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        widen(stored, result)
    assert result.tolist() == [[0, 1, 2], [3, 4, 5]]
