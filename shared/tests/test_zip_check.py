"""The check of files that numpy and torch write as zip archives."""

import io
from contextlib import suppress

import numpy as np
import pytest
import torch
from gld_shared.zip_check import is_whole_zip


def of_numpy():
    stream = io.BytesIO()
    np.savez(stream, rows=np.arange(500), targets=np.zeros(3, np.uint8))
    return stream.getvalue()


def of_torch():
    stream = io.BytesIO()
    torch.save({"weight": torch.arange(500), "step": 3}, stream)
    return stream.getvalue()


def read_numpy(content):
    with np.load(io.BytesIO(content)) as arrays:
        return {name: arrays[name].tolist() for name in arrays}


def read_torch(content):
    state = torch.load(io.BytesIO(content), weights_only=True)
    return {**state, "weight": state["weight"].tolist()}


@pytest.mark.parametrize(("whole", "read"), [(of_numpy(), read_numpy), (of_torch(), read_torch)],
                         ids=["numpy", "torch"])  # fmt: skip
def test_a_changed_byte_is_noticed_or_changes_nothing(whole, read):
    right, noticed = read(whole), 0
    for place in range(0, len(whole), 7):
        content = whole[:place] + bytes([whole[place] ^ 32]) + whole[place + 1 :]
        if not is_whole_zip(io.BytesIO(content)):
            noticed += 1
            continue
        with suppress(RuntimeError, ValueError):  # the reader notices damage to headers
            assert read(content) == right, place
    assert noticed > len(whole) / 14


def test_cut_and_empty_files_are_noticed():
    for whole in (of_numpy(), of_torch()):
        for size in (0, 1, 100, len(whole) // 2, len(whole) - 1):
            assert not is_whole_zip(io.BytesIO(whole[:size]))
