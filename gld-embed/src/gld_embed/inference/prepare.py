"""Preparing a network for inference by one of the backends."""

import copy
import logging
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from gld_shared.errors import DataError
from gld_shared.networks import EmbeddingNetwork
from torch import nn

from gld_embed.inference.backend_names import COMPILE, OPENVINO, TORCH
from gld_embed.inference.cpu_ops import LeanOperations, lean_pooling
from gld_embed.inference.fold_batchnorm import fold_batch_norms
from gld_embed.inference.malloc import keep_freed_memory
from gld_embed.inference.openvino import ConvertedBackbone
from gld_embed.inference.precision import BF16
from gld_embed.inference.torch_compile import compile_backbone

log = logging.getLogger(__name__)
_STREAMS_OF_A_GPU = 2


@dataclass
class PreparedNetwork:
    """A network whose backbone a backend computes; pooling and neck are fp32.

    It takes normalised images ``(b, 3, h, w)`` of ``dtype`` and ``layout`` within the context
    ``operations``, and returns vectors ``(b, dimension)`` of any length. ``folded`` is the number
    of BatchNorms folded into convolutions; ``streams`` that of batches that it can compute at once.
    """

    network: EmbeddingNetwork
    layout: torch.memory_format = torch.channels_last
    dtype: torch.dtype = torch.float32
    operations: AbstractContextManager[object] = field(default_factory=nullcontext)
    folded: int = 0
    streams: int = 1


def prepare(
    network: EmbeddingNetwork,
    backend: str,
    precision: str,
    device: torch.device,
    example: torch.Tensor,
    sizes_vary: bool = False,
) -> PreparedNetwork:
    """Prepare a copy of a network that is in eval mode and fp32, by running ``example``.

    ``sizes_vary`` prepares for images of many sizes. Raises DataError if the backend cannot compute
    the network.
    """
    started = time.perf_counter()
    made = PreparedNetwork(copy.deepcopy(network))
    if device.type == "cpu":
        keep_freed_memory()
        made.network.pooling = lean_pooling(made.network.pooling)
    if backend != COMPILE:  # compiled code has its number of threads, or its CUDA graph, built in
        made.streams = torch.get_num_threads() if device.type == "cpu" else _STREAMS_OF_A_GPU
    if backend == OPENVINO:
        _convert(made, precision, device, example)
    else:
        _fold(made, precision, device, example)
    if backend == COMPILE:
        images = example.to(device, made.dtype, memory_format=made.layout)
        compile_backbone(made.network.backbone, images, sizes_vary)
    if backend == TORCH and device.type == "cpu":
        made.operations = LeanOperations()
    if device.type == "cuda":
        torch.cuda.synchronize(device)  # The weights are there before other streams read them.
    log.info("the network is ready after %.1f s (%s)", time.perf_counter() - started, backend)
    return made


def _convert(
    made: PreparedNetwork, precision: str, device: torch.device, example: torch.Tensor
) -> None:
    if device.type != "cpu":
        raise DataError("--backend openvino computes on the CPU alone; add --device cpu")
    made.layout = torch.contiguous_format
    made.network.backbone = ConvertedBackbone(made.network.backbone, precision, made.streams)
    with torch.inference_mode():
        made.network(example)


def _fold(
    made: PreparedNetwork, precision: str, device: torch.device, example: torch.Tensor
) -> None:
    made.folded = fold_batch_norms(made.network, example)
    backbone: Any = made.network.backbone
    has_weights = next(backbone.parameters(), None) is not None
    if precision == BF16 and has_weights:
        backbone.bfloat16()
        made.dtype = torch.bfloat16
    elif device.type == "cuda":
        # Else convolutions are computed in TF32, with the 10 bits of half precision.
        torch.backends.cudnn.allow_tf32 = False
    network: nn.Module = made.network
    network.to(device, memory_format=made.layout)  # type: ignore[call-overload]
