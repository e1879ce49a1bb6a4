"""The network made ready for inference: pixels in, unit vectors out."""

import copy
import logging
import time
from contextlib import nullcontext

import numpy as np
import numpy.typing as npt
import torch
from gld_shared.errors import DataError
from gld_shared.images import ImageSettings, normalise
from gld_shared.networks import EmbeddingNetwork
from torch import nn

from gld_embed.backends import COMPILE, OPENVINO, TORCH
from gld_embed.backends.compiled import compile_backbone
from gld_embed.backends.converted import ConvertedBackbone
from gld_embed.folding import fold_batch_norms
from gld_embed.lean import LeanMeans, lean_pooling
from gld_embed.memory import keep_freed_memory
from gld_embed.precision import BF16, FP32

log = logging.getLogger(__name__)


class Engine:
    """An embedding network whose backbone a backend computes, in bf16 or fp32.

    Pooling, neck and L2 normalisation are torch and fp32 in any case. Called with pixels, uint8
    ``(b, 3, h, w)``, it gives vectors, fp32 ``(b, dimension)``, of length 1; a row that cannot be
    given that length is not a number.
    """

    def __init__(
        self,
        network: EmbeddingNetwork,
        settings: ImageSettings,
        precision: str = FP32,
        device: torch.device | str = "cpu",
        backend: str = TORCH,
    ) -> None:
        """Prepare a copy of a network that is in eval mode and fp32; it is itself not changed.

        Raises DataError where the backend cannot compute the network.
        """
        started = time.perf_counter()
        self.dimension = network.dimension
        self.precision = precision
        self.folded = 0
        self._settings = settings
        self._device = torch.device(device)
        self._network = copy.deepcopy(network)
        self._dtype = torch.float32
        self._layout = torch.channels_last
        if self._device.type == "cpu":
            keep_freed_memory()
            self._network.pooling = lean_pooling(network.pooling)
        if backend == OPENVINO:
            self._convert()
        else:
            self._fold(backend)
        is_lean = backend == TORCH and self._device.type == "cpu"
        self._means = LeanMeans() if is_lean else nullcontext()
        log.info("--backend %s is ready after %.1f s", backend, time.perf_counter() - started)

    def _convert(self) -> None:
        if self._device.type != "cpu":
            raise DataError("--backend openvino computes on the CPU alone; add --device cpu")
        self._layout = torch.contiguous_format
        self._network.backbone = ConvertedBackbone(self._network.backbone, self.precision)
        with torch.inference_mode():
            self._network(self._example())

    def _fold(self, backend: str) -> None:
        self.folded = fold_batch_norms(self._network, self._example())
        weight = next(self._network.backbone.parameters(), None)
        if self.precision == BF16 and weight is not None:
            self._network.backbone.bfloat16()
            self._dtype = torch.bfloat16
        network: nn.Module = self._network
        network.to(self._device, memory_format=self._layout)  # type: ignore[call-overload]
        if backend == COMPILE:
            compile_backbone(self._network.backbone, self._laid_out(self._example()))

    def _example(self) -> torch.Tensor:
        """A batch of noise, from a generator of its own."""
        generator = torch.Generator().manual_seed(0)
        return torch.randn(2, 3, self._settings.size, self._settings.size, generator=generator)

    @torch.inference_mode()
    def __call__(self, pixels: torch.Tensor) -> npt.NDArray[np.float32]:
        """Embed a batch."""
        # Channel by channel: with the channels last this takes ten times as long.
        planes = pixels.to(self._device).contiguous()
        images = self._laid_out(normalise(planes, self._settings.mean, self._settings.std))
        with self._means:
            vectors = self._network(images).float()
        # A zero vector becomes 0 / 0, which the caller finds with the other broken rows.
        unit: torch.Tensor = vectors / vectors.norm(dim=1, keepdim=True)
        result: npt.NDArray[np.float32] = unit.cpu().numpy()
        return result

    def _laid_out(self, images: torch.Tensor) -> torch.Tensor:
        # Two steps, each of which torch has a fast way for; it has none for both at once.
        converted = images.to(self._device, self._dtype)
        return converted.contiguous(memory_format=self._layout)
