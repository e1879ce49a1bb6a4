"""Pooling: from a backbone's features to one vector per image.

Poolings take ``(b, c, n)``, where n counts the positions of a map or the patches of a transformer,
and return ``(b, c)`` in fp32, even under autocast: powers of half-precision values lose too much.
"""

import torch
from torch import nn

EPSILON = 1e-6


class GeM(nn.Module):
    """Generalised mean over positions, ``mean(max(x, 1e-6)^p)^(1/p)``.

    Source: Radenovic et al., Fine-tuning CNN Image Retrieval with No Human Annotation, 2018. The
    exponent is fixed, and then not in the state, or learned, one for all channels.
    """

    def __init__(self, p: float = 3.0, learned: bool = False) -> None:
        """Take the exponent, or its initial value when it is learned."""
        super().__init__()
        self.p: float | nn.Parameter = nn.Parameter(torch.tensor([p])) if learned else p

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Pool ``(b, c, n)`` to ``(b, c)``."""
        with torch.autocast(features.device.type, enabled=False):
            clamped = features.float().clamp(min=EPSILON)
            return clamped.pow(self.p).mean(dim=-1).pow(1.0 / self.p)


class Average(nn.Module):
    """Mean over positions."""

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Pool ``(b, c, n)`` to ``(b, c)``."""
        return features.float().mean(dim=-1)


class Maximum(nn.Module):
    """Maximum over positions."""

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Pool ``(b, c, n)`` to ``(b, c)``."""
        return features.float().amax(dim=-1)


class ClassToken(nn.Module):
    """The class token of a transformer, passed by the network as the only position."""

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Take ``(b, c, 1)`` to ``(b, c)``."""
        return features.float()[..., 0]


def build_pooling(name: str, gem_p: float) -> nn.Module:
    """Build the pooling of a configuration; only GeM uses ``gem_p``."""
    if name in {"gem", "gem_learned"}:
        return GeM(gem_p, learned=name == "gem_learned")
    return {"avg": Average, "max": Maximum, "cls": ClassToken}[name]()
