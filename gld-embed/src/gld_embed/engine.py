"""The network made ready for inference: pixels in, unit vectors out."""

import copy

import numpy as np
import numpy.typing as npt
import torch
from gld_shared.images import ImageSettings, normalise
from gld_shared.networks import EmbeddingNetwork
from torch import nn

from gld_embed.folding import fold_batch_norms
from gld_embed.halving import Halving
from gld_embed.precision import BF16, FP32
from gld_embed.views import MultiView, Views


class Engine:
    """An embedding network with BatchNorm folded, channels last, its backbone in bf16 or fp32.

    Pooling, neck and L2 normalisation are fp32 in any case. Called with pixels, uint8
    ``(b, 3, h, w)``, it gives vectors, fp32 ``(b, dimension)``, of length 1; a row that
    cannot be given that length is not a number. A batch that the device has no memory for is
    halved.
    """

    def __init__(
        self,
        network: EmbeddingNetwork,
        settings: ImageSettings,
        precision: str = FP32,
        device: torch.device | str = "cpu",
        views: Views = Views(),  # noqa: B008, it cannot be changed
    ) -> None:
        """Prepare a copy of a network that is in eval mode and fp32; it is itself not changed."""
        self.dimension = network.dimension
        self.precision = precision
        self._settings = settings
        self._device = torch.device(device)
        network = copy.deepcopy(network)
        self.folded = fold_batch_norms(network, self._example())
        if precision == BF16:
            network.backbone.bfloat16()
        self._network: nn.Module = network.to(self._device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._multi_view = MultiView(self._network, views)
        self._halving = Halving(self._embed)

    def _example(self) -> torch.Tensor:
        """A batch of noise, from a generator of its own."""
        generator = torch.Generator().manual_seed(0)
        return torch.randn(2, 3, self._settings.size, self._settings.size, generator=generator)

    def __call__(self, pixels: torch.Tensor) -> npt.NDArray[np.float32]:
        """Embed a batch."""
        return self._halving(pixels)

    @torch.inference_mode()
    def _embed(self, pixels: torch.Tensor) -> npt.NDArray[np.float32]:
        on_device = pixels.to(self._device, memory_format=torch.channels_last)
        images = normalise(on_device, self._settings.mean, self._settings.std)
        vectors = self._multi_view(images)
        # A zero vector becomes 0 / 0, which the caller finds with the other broken rows.
        unit: torch.Tensor = vectors / vectors.norm(dim=1, keepdim=True)
        result: npt.NDArray[np.float32] = unit.cpu().numpy()
        return result
