"""The neck: from the pooled vector to the embedding, computed in fp32 also under autocast."""

import torch
from torch import nn


class Neck(nn.Module):
    """An optional linear layer without bias, then an optional BatchNorm with its bias frozen at 0.

    The frozen bias keeps the embeddings around the origin, as the cosine of the head wants it.
    Source: Luo et al., Bag of Tricks for Person Re-identification, 2019.
    """

    def __init__(self, kind: str, channels: int, dim: int) -> None:
        """Make a ``linear_bn`` neck to ``dim`` values, or ``bn`` or ``none``, which keep them."""
        super().__init__()
        self.dimension = dim if kind == "linear_bn" else channels
        self.linear: nn.Module = nn.Identity()
        self.bn: nn.Module = nn.Identity()
        if kind == "linear_bn":
            linear = nn.Linear(channels, dim, bias=False)
            nn.init.xavier_uniform_(linear.weight)
            self.linear = linear
        if kind != "none":
            bn = nn.BatchNorm1d(self.dimension)
            bn.bias.requires_grad_(False)
            self.bn = bn

    def forward(self, pooled: torch.Tensor) -> torch.Tensor:
        """Map ``(b, channels)`` to ``(b, dimension)`` in fp32."""
        with torch.autocast(pooled.device.type, enabled=False):
            embedding: torch.Tensor = self.bn(self.linear(pooled.float()))
            return embedding
