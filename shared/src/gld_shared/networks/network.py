"""The embedding network: backbone, pooling and neck."""

import difflib
from collections.abc import Mapping
from typing import Any, cast

import timm
import torch
from torch import nn

from gld_shared.errors import DataError
from gld_shared.networks import raw_pixels
from gld_shared.networks.config import NetworkConfig
from gld_shared.networks.neck import Neck
from gld_shared.networks.pooling import build_pooling
from gld_shared.networks.recipe import backbones
from gld_shared.networks.timm_backbone import bare_model


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
            # This is how timm's transformers refuse a size; convolutions take any.
            height, width = images.shape[-2:]
            raise DataError(
                f"model: {self._name} cannot take images of {width}x{height} pixels: {error} "
                "Choose another size or resize."
            ) from error
        embeddings: torch.Tensor = self.neck(self.pooling(self._positions(features)))
        return embeddings

    def _positions(self, features: torch.Tensor) -> torch.Tensor:
        """Backbone features as ``(b, c, n)``, whatever the backbone's own layout."""
        if features.ndim == 3:
            prefix = _prefix_tokens(self.backbone)
            tokens = features[:, :1] if self._class_token else features[:, prefix:]
            return tokens.transpose(1, 2)
        if getattr(self.backbone, "output_fmt", "NCHW") == "NHWC":
            features = features.permute(0, 3, 1, 2)
        return features.flatten(2)


def _prefix_tokens(backbone: nn.Module) -> int:
    """How many class and register tokens stand before a transformer's patches."""
    return cast(int, getattr(backbone, "num_prefix_tokens", 0))


def build(config: NetworkConfig | Mapping[str, Any]) -> EmbeddingNetwork:
    """The network of a configuration or of a checkpoint's ``config["model"]``, in training mode.

    Weights are random: ``load_weights`` fills the backbone, ``load_state_dict`` the whole.
    Raises DataError on a wrong configuration or an unknown backbone.
    """
    if not isinstance(config, NetworkConfig):
        config = NetworkConfig.from_dict(config)
    return EmbeddingNetwork(config)


def build_backbone(name: str) -> nn.Module:
    """A backbone without pooling and classifier, random weights, any image size if it can.

    The name is one that timm knows, ``recipe:NAME`` for a backbone of the reference recipe, or
    ``pixels:SIZE`` for the baseline without weights. Raises DataError on another name.
    """
    kind = name.partition(":")[0]
    if kind == raw_pixels.KIND:
        return raw_pixels.Pixels(raw_pixels.parse_size(name))
    if kind == backbones.KIND:
        return backbones.build_recipe_backbone(name)
    if not timm.is_model(name):
        close = difflib.get_close_matches(name, [*timm.list_models(), *backbones.NAMES], n=3)
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        raise DataError(f"model: backbone {name!r} is not one that timm knows{hint}")
    try:
        # Transformers are made for one size; most of them can interpolate positions instead.
        backbone = bare_model(name, dynamic_img_size=True)
    except TypeError as error:
        if "dynamic_img_size" not in str(error):
            raise
        backbone = bare_model(name)
    return cast(nn.Module, backbone)
