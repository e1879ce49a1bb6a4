"""The number format of the backbone in training."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from gld_train.optim.depthwise_gradients import Fp32DepthwiseGradients

log = logging.getLogger(__name__)
PRECISIONS = ("float32", "bfloat16", "float16")
_DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


def usable_precision(precision: str, device: torch.device) -> str:
    """Return ``precision``, or float16 in place of bfloat16 on a GPU without bfloat16."""
    if precision != "bfloat16" or device.type != "cuda":
        return precision
    if torch.cuda.is_bf16_supported(including_emulation=False):
        return precision
    log.warning("this GPU has no bfloat16: float16 with a gradient scaler takes its place")
    return "float16"


@contextmanager
def autocast(precision: str, device: torch.device) -> Iterator[None]:
    """Compute in half precision if asked for; pooling, neck and head keep themselves in fp32."""
    if precision not in _DTYPES:
        yield
        return
    with torch.autocast(device.type, dtype=_DTYPES[precision]):
        if device.type == "cuda":
            yield
            return
        with Fp32DepthwiseGradients():
            yield
