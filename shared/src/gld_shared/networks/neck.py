"""The neck: from the pooled vector to the embedding, computed in fp32 also under autocast."""

import torch
from torch import nn


class Whitening(nn.Linear):
    """Vectors are brought to length 1, then decorrelated by a linear layer with bias.

    In this order because stores hold vectors of length 1, from which whitening is learned.
    Source: Jegou and Chum, Negative evidences and co-occurrences in image retrieval, 2012.
    """

    def forward(self, embedding: torch.Tensor) -> torch.Tensor:
        """Map ``(b, in_features)`` to ``(b, out_features)``."""
        # A zero vector becomes 0 / 0, which the caller finds, and not the bias, which looks sound.
        return super().forward(embedding / embedding.norm(dim=1, keepdim=True))


class Neck(nn.Module):
    """An optional linear layer without bias, an optional BatchNorm with its bias frozen at 0.

    The frozen bias keeps the embeddings around the origin, as the cosine of the head wants it.
    Source: Luo et al., Bag of Tricks for Person Re-identification, 2019. Last there may be
    whitening, which is learned from embeddings when training is over.
    """

    def __init__(self, kind: str, channels: int, dim: int, whiten: int = 0) -> None:
        """Make a ``linear_bn`` neck to ``dim`` values, or ``bn`` or ``none``, which keep them.

        With ``whiten`` there is a whitening to so many values after it.
        """
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
        self.whiten: nn.Module = nn.Identity()
        if whiten:
            self.whiten = Whitening(self.dimension, whiten)
            self.dimension = whiten

    def forward(self, pooled: torch.Tensor) -> torch.Tensor:
        """Map ``(b, channels)`` to ``(b, dimension)`` in fp32."""
        with torch.autocast(pooled.device.type, enabled=False):
            embedding: torch.Tensor = self.whiten(self.bn(self.linear(pooled.float())))
            return embedding
