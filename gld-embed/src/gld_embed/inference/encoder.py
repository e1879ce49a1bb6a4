"""From pixels to unit vectors: normalisation, network, views."""

import numpy as np
import numpy.typing as npt
import torch
from gld_shared.images.preprocess import normalise
from gld_shared.images.settings import SQUASH, ImageSettings
from gld_shared.networks import EmbeddingNetwork

from gld_embed.inference.backends import TORCH
from gld_embed.inference.out_of_memory import Halving
from gld_embed.inference.precision import FP32
from gld_embed.inference.prepare import PreparedNetwork
from gld_embed.inference.views import MultiView, Views


class Engine:
    """An embedding network, prepared for inference, and the images that it is shown.

    Called with pixels, uint8 ``(b, 3, h, w)``, it gives vectors, fp32 ``(b, dimension)``, of
    length 1; a row that cannot be given that length is not a number. A batch that the device has
    no memory for is halved.
    """

    def __init__(
        self,
        network: EmbeddingNetwork,
        settings: ImageSettings,
        precision: str = FP32,
        device: torch.device | str = "cpu",
        views: Views = Views(),  # noqa: B008, it cannot be changed
        backend: str = TORCH,
    ) -> None:
        """Take a network that is in eval mode and fp32; it is itself not changed.

        Raises DataError where the backend cannot compute it.
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
        self._multi_view = MultiView(prepared, views)
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
        # Channel after channel: with the channels last, normalising takes ten times as long.
        planes = pixels.to(self._device).contiguous()
        images = normalise(planes, self._settings.mean, self._settings.std)
        vectors = self._multi_view(images)
        # A zero vector becomes 0 / 0, which the caller finds with the other broken rows.
        unit: torch.Tensor = vectors / vectors.norm(dim=1, keepdim=True)
        result: npt.NDArray[np.float32] = unit.cpu().numpy()
        return result
