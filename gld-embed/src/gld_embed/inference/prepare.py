"""Preparing a network for inference by one of the backends."""

import copy
import logging
import time
from contextlib import nullcontext

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


class PreparedNetwork:
    """A network whose backbone a backend computes, in bf16 or fp32; pooling and neck are fp32.

    Called with normalised images, fp32 ``(b, 3, h, w)``, it returns vectors, fp32
    ``(b, dimension)``, of any length. ``folded`` is the number of BatchNorms folded into
    convolutions.
    """

    def __init__(
        self,
        network: EmbeddingNetwork,
        backend: str,
        precision: str,
        device: torch.device,
        example: torch.Tensor,
        sizes_vary: bool = False,
    ) -> None:
        """Prepare a copy of a network that is in eval mode and fp32, by running ``example``.

        ``sizes_vary`` prepares for images of many sizes. Raises DataError if the backend cannot
        compute the network.
        """
        started = time.perf_counter()
        self.folded = 0
        self._device = device
        self._dtype = torch.float32
        self._layout = torch.channels_last
        self._network = copy.deepcopy(network)
        on_cpu = device.type == "cpu"
        if on_cpu:
            keep_freed_memory()
            self._network.pooling = lean_pooling(self._network.pooling)
        if backend == OPENVINO:
            self._convert(precision, example)
        else:
            self._fold(precision, example)
        if backend == COMPILE:
            compile_backbone(self._network.backbone, self._laid_out(example), sizes_vary)
        self._lean = LeanOperations() if on_cpu and backend == TORCH else nullcontext()
        log.info("the network is ready after %.1f s (%s)", time.perf_counter() - started, backend)

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Embed a batch."""
        with self._lean:
            vectors: torch.Tensor = self._network(self._laid_out(images))
        return vectors.float()

    def _convert(self, precision: str, example: torch.Tensor) -> None:
        if self._device.type != "cpu":
            raise DataError("--backend openvino computes on the CPU alone; add --device cpu")
        self._layout = torch.contiguous_format
        self._network.backbone = ConvertedBackbone(self._network.backbone, precision)
        with torch.inference_mode():
            self._network(example)

    def _fold(self, precision: str, example: torch.Tensor) -> None:
        self.folded = fold_batch_norms(self._network, example)
        has_weights = next(self._network.backbone.parameters(), None) is not None
        if precision == BF16 and has_weights:
            self._network.backbone.bfloat16()
            self._dtype = torch.bfloat16
        network: nn.Module = self._network
        network.to(self._device, memory_format=self._layout)  # type: ignore[call-overload]

    def _laid_out(self, images: torch.Tensor) -> torch.Tensor:
        # In two steps: torch is slow at converting the dtype and the layout at once.
        converted = images.to(self._device, self._dtype)
        return converted.contiguous(memory_format=self._layout)
