"""The number format of the backbone in training."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from gld_train.depthwise import Fp32DepthwiseGradients

_DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


@contextmanager
def autocast(precision: str, device: torch.device) -> Iterator[None]:
    """Half precision where it is asked for; pooling, neck and head keep to fp32 by themselves."""
    if precision not in _DTYPES:
        yield
        return
    with torch.autocast(device.type, dtype=_DTYPES[precision]):
        if device.type == "cuda":
            yield
            return
        with Fp32DepthwiseGradients():
            yield
