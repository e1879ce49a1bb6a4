"""The embedding network: backbone, pooling and neck."""

from collections.abc import Mapping
from typing import Any, cast

import torch
from torch import nn

from gld_shared.errors import DataError
from gld_shared.networks.backbone import build_backbone
from gld_shared.networks.config import NetworkConfig
from gld_shared.networks.neck import Neck
from gld_shared.networks.pooling import build_pooling


class EmbeddingNetwork(nn.Module):
    """Images ``(b, 3, h, w)``, normalised, to embeddings ``(b, dimension)``, not L2-normalised.

    State keys are ``backbone.*`` and ``neck.*``, and ``pooling.p`` when GeM's exponent is learned.
    The backbone may be cast to half precision; pooling and neck compute in fp32.
    """

    def __init__(self, config: NetworkConfig) -> None:
        """Build the layers with random weights, drawn from torch's global generator."""
        super().__init__()
        self.backbone = build_backbone(config.backbone)
        channels = cast(int, self.backbone.num_features)
        self.pooling = build_pooling(config.pooling, config.gem_p)
        self.neck = Neck(config.neck, channels, config.dim, config.whiten)
        self.dimension = self.neck.dimension
        self._name = config.backbone
        self._class_token = config.pooling == "cls"
        if self._class_token and not _prefix_tokens(self.backbone):
            raise DataError(
                f"model: pooling is 'cls', but {config.backbone} has no class token; "
                "use gem, avg or max"
            )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Embed a batch. Raises DataError when the backbone cannot take images of that size."""
        weight = next(self.backbone.parameters(), None)
        images = images if weight is None else images.to(weight.dtype)
        try:
            features = cast(Any, self.backbone).forward_features(images)
        except AssertionError as error:
            # timm's transformers refuse a size this way; convolutional networks take any size.
            height, width = images.shape[-2:]
            raise DataError(
                f"model: {self._name} cannot take images of {width}x{height} pixels: {error} "
                "Choose another size or resize."
            ) from error
        embeddings: torch.Tensor = self.neck(self.pooling(self._positions(features)))
        return embeddings

    def _positions(self, features: torch.Tensor) -> torch.Tensor:
        """Convert backbone features from any layout to ``(b, c, n)``."""
        if features.ndim == 3:
            prefix = _prefix_tokens(self.backbone)
            tokens = features[:, :1] if self._class_token else features[:, prefix:]
            return tokens.transpose(1, 2)
        if getattr(self.backbone, "output_fmt", "NCHW") == "NHWC":
            features = features.permute(0, 3, 1, 2)
        return features.flatten(2)


def _prefix_tokens(backbone: nn.Module) -> int:
    """Return the number of class and register tokens before a transformer's patches."""
    return cast(int, getattr(backbone, "num_prefix_tokens", 0))


def build(config: NetworkConfig | Mapping[str, Any]) -> EmbeddingNetwork:
    """Build the network of a configuration or a checkpoint's ``config["model"]``, in training mode.

    Weights are random: ``load_weights`` fills the backbone, ``load_state_dict`` all of it.
    Raises DataError on a wrong configuration or an unknown backbone.
    """
    if not isinstance(config, NetworkConfig):
        config = NetworkConfig.from_dict(config)
    return EmbeddingNetwork(config)
