"""The number format in training, by device."""

import logging

import pytest
import torch
from gld_train.optim.precision import usable_precision

GPU, CPU = torch.device("cuda"), torch.device("cpu")


@pytest.mark.parametrize(
    ("asked", "device", "has_bf16", "given"),
    [
        ("bfloat16", GPU, True, "bfloat16"),
        ("bfloat16", GPU, False, "float16"),
        ("bfloat16", CPU, False, "bfloat16"),
        ("float16", GPU, True, "float16"),
        ("float32", GPU, False, "float32"),
    ],
)
def test_float16_replaces_bfloat16_on_gpus_without_it(
    asked, device, has_bf16, given, monkeypatch, caplog
):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: has_bf16)
    with caplog.at_level(logging.WARNING, "gld_train"):
        assert usable_precision(asked, device) == given
    assert bool(caplog.messages) == (asked != given)
