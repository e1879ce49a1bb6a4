"""The encoder: pixels to unit vectors, by a network prepared for inference."""

import numpy as np
import numpy.typing as npt
import torch
from gld_shared.images.preprocess import normalise
from gld_shared.images.settings import SQUASH, ImageSettings
from gld_shared.networks import EmbeddingNetwork
from gld_shared.out_of_memory import out_of_memory_as

from gld_embed.inference.backend_names import TORCH
from gld_embed.inference.cuda_stream import own_stream
from gld_embed.inference.precision import FP32
from gld_embed.inference.prepare import prepare
from gld_embed.inference.views import MultiView, Views


class Encoder:
    """An embedding network, prepared for inference, and the views of an image that it is shown.

    Called with pixels, uint8 ``(b, 3, h, w)``, it returns vectors, fp32 ``(b, dimension)``, of
    length 1; a row that cannot be normalised is NaN. ``streams`` is the number of threads that may
    call it at once, each with its own batch: on the CPU as many as there are cores, on a GPU two,
    so that one batch is uploaded while the other is computed.
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
        self.device = torch.device(device)
        sizes_vary = settings.resize != SQUASH
        too_large = (
            f"the memory is too small for {settings.size} pixels; use a smaller --size, or raise "
            "its limit (ulimit -v)"
        )
        with out_of_memory_as(too_large):
            self._prepared = prepare(
                network, backend, precision, self.device, self._example(), sizes_vary
            )
        self.folded = self._prepared.folded
        self.streams = self._prepared.streams
        self._vectors = self._one_view
        if views != Views():
            self._vectors = MultiView(self._one_view, views)

    @torch.inference_mode()
    def __call__(self, pixels: torch.Tensor) -> npt.NDArray[np.float32]:
        """Embed a batch. Raises an error of ``is_out_of_memory`` if it does not fit the memory."""
        if self.streams == 1:
            return self._embed(pixels)
        with own_stream(self.device):
            return self._embed(pixels)

    def _embed(self, pixels: torch.Tensor) -> npt.NDArray[np.float32]:
        # Channels first: normalising channels-last pixels takes ten times as long.
        planes = pixels.to(self.device).contiguous()
        vectors = self._vectors(normalise(planes, self._settings.mean, self._settings.std))
        # A zero vector becomes 0 / 0, NaN, and is found with the other broken rows.
        unit: torch.Tensor = vectors / vectors.norm(dim=1, keepdim=True)
        result: npt.NDArray[np.float32] = unit.cpu().numpy()
        return result

    def _one_view(self, images: torch.Tensor) -> torch.Tensor:
        """Compute normalised images, fp32 ``(b, 3, h, w)``, to vectors of any length, fp32."""
        prepared = self._prepared
        # In two steps: torch is slow at converting the dtype and the layout at once.
        laid_out = images.to(prepared.dtype).contiguous(memory_format=prepared.layout)
        with prepared.operations:
            vectors: torch.Tensor = prepared.network(laid_out)
        return vectors.float()

    def _example(self) -> torch.Tensor:
        """Return a batch of noise, from its own generator."""
        generator = torch.Generator().manual_seed(0)
        return torch.randn(2, 3, self._settings.size, self._settings.size, generator=generator)
