"""Backbones without a checkpoint: GeM pooling and no neck, and the image settings to use."""

from collections.abc import Sequence
from typing import Any

import timm

from gld_shared.errors import DataError
from gld_shared.networks.config import NetworkConfig
from gld_shared.networks.network import EmbeddingNetwork, build
from gld_shared.networks.recipe import backbones


def bare_config(backbone: str, weights: str | None = None) -> NetworkConfig:
    """Return the configuration of a backbone with GeM pooling (p = 3) and no neck."""
    return NetworkConfig(backbone, pooling="gem", neck="none", weights=weights)


def bare_network(backbone: str) -> EmbeddingNetwork:
    """Build such a network, whose weights are random."""
    return build(bare_config(backbone))


def image_settings(model: str) -> dict[str, Any]:
    """Return the recipe's image size, mean and std, or those that timm records for its weights."""
    if model in backbones.NAMES:
        return image_section(backbones.IMAGE_SIZE, backbones.MEAN, backbones.STD)
    recorded = timm.get_pretrained_cfg(model)
    if recorded is None:
        raise DataError(f"{model}: timm records no image settings for it; train a checkpoint")
    return image_section(int(recorded.input_size[-1]), recorded.mean, recorded.std)


def image_section(size: int, mean: Sequence[float], std: Sequence[float]) -> dict[str, Any]:
    """Return the section ``image`` of a model's configuration."""
    return {"size": size, "resize": "squash", "mean": list(mean), "std": list(std)}
