"""The neck: from the pooled vector to the embedding, computed in fp32 even under autocast."""

import torch
from torch import nn


class Whitening(nn.Linear):
    """Normalise vectors to length 1, then decorrelate them by a linear layer with bias.

    Whitening is learned from stores, whose vectors have length 1: hence this order.
    Source: Jegou and Chum, Negative evidences and co-occurrences in image retrieval, 2012.
    """

    def forward(self, embedding: torch.Tensor) -> torch.Tensor:
        """Map ``(b, in_features)`` to ``(b, out_features)``."""
        # A zero vector becomes NaN, which the caller detects; the bias alone would look valid.
        return super().forward(embedding / embedding.norm(dim=1, keepdim=True))


class Neck(nn.Module):
    """An optional linear layer without bias, an optional BatchNorm with its bias frozen at 0.

    The frozen bias keeps the embeddings around the origin, which suits the head's cosine.
    Source: Luo et al., Bag of Tricks for Person Re-identification, 2019. An optional
    whitening comes last; it is learned from embeddings after training.
    """

    def __init__(self, kind: str, channels: int, dim: int, whiten: int = 0) -> None:
        """Build a ``linear_bn`` neck to ``dim`` values, or ``bn`` or ``none``, which keep them all.

        ``whiten``, if not 0, is the number of values after whitening.
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
