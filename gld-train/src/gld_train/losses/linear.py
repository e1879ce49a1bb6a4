"""Plain softmax."""

import math

import torch
from torch import nn
from torch.nn import functional

from gld_train.losses.head import Head


class Linear(Head):
    """Inner products <x, w_j>: nothing normalised, no scale, no margin, no bias."""

    def initialise(self, weight: torch.Tensor) -> None:
        """Kaiming, uniform, as torch's linear layers."""
        nn.init.kaiming_uniform_(weight, a=math.sqrt(5))

    def forward(
        self, embeddings: torch.Tensor, targets: torch.Tensor, classes: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Embeddings (b, dimension) to logits (b, n); the targets change nothing."""
        with torch.autocast(embeddings.device.type, enabled=False):
            return functional.linear(embeddings.float(), self.chosen(classes))
