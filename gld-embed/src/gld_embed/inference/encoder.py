"""The encoder: pixels to unit vectors, by a network prepared for inference."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from gld_shared.images.preprocess import normalise
from gld_shared.images.settings import SQUASH, ImageSettings
from gld_shared.networks import EmbeddingNetwork

from gld_embed.inference.backend_names import TORCH
from gld_embed.inference.precision import FP32
from gld_embed.inference.prepare import PreparedNetwork
from gld_embed.inference.views import MultiView, Views


class Encoder:
    """An embedding network, prepared for inference, and the views of an image that it is shown.

    Called with pixels, uint8 ``(b, 3, h, w)``, it returns vectors, fp32 ``(b, dimension)``, of
    length 1; a row that cannot be normalised is NaN.
    """

    def __init__(
        self,
        network: EmbeddingNetwork,
        settings: ImageSettings,
        precision: str = FP32,
        device: torch.device | str = "cpu",
        views: Views = Views(),  # noqa: B008, it is frozen
        backend: str = TORCH,
    ) -> None:
        """Copy a network that is in eval mode and fp32.

        Raises DataError if the backend cannot compute it.
        """
        self.dimension = network.dimension
        self.precision = precision
        self._settings = settings
        self._device = torch.device(device)
        sizes_vary = settings.resize != SQUASH
        prepared = PreparedNetwork(
            network, backend, precision, self._device, self._example(), sizes_vary
        )
        self.folded = prepared.folded
        self._network: Callable[[torch.Tensor], torch.Tensor] = prepared
        if views != Views():
            self._network = MultiView(prepared, views)

    @torch.inference_mode()
    def __call__(self, pixels: torch.Tensor) -> npt.NDArray[np.float32]:
        """Embed a batch. Raises torch.OutOfMemoryError if it does not fit the device's memory."""
        # Channels first: normalising channels-last pixels takes ten times as long.
        planes = pixels.to(self._device).contiguous()
        vectors = self._network(normalise(planes, self._settings.mean, self._settings.std))
        # A zero vector becomes 0 / 0, NaN, and is found with the other broken rows.
        unit: torch.Tensor = vectors / vectors.norm(dim=1, keepdim=True)
        result: npt.NDArray[np.float32] = unit.cpu().numpy()
        return result

    def _example(self) -> torch.Tensor:
        """Return a batch of noise, from its own generator."""
        generator = torch.Generator().manual_seed(0)
        return torch.randn(2, 3, self._settings.size, self._settings.size, generator=generator)
