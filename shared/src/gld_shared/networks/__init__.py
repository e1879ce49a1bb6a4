"""Embedding networks: a backbone, pooling and a neck, built from a configuration alone.

This is the only package that imports timm.
"""

from gld_shared.networks.config import NetworkConfig
from gld_shared.networks.models.by_name import load_model
from gld_shared.networks.models.from_plain_weights import is_plain_weights
from gld_shared.networks.models.model import Model
from gld_shared.networks.network import EmbeddingNetwork, build
from gld_shared.networks.weights.load import Report, load_weights

__all__ = [
    "EmbeddingNetwork",
    "Model",
    "NetworkConfig",
    "Report",
    "build",
    "is_plain_weights",
    "load_model",
    "load_weights",
]
