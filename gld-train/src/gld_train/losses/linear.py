"""Plain softmax: a linear layer without bias."""

import math
from typing import ClassVar

import torch
from torch import nn
from torch.nn import functional

from gld_train.losses.head import Head


class Linear(Head):
    """Inner products <x, w_j>: nothing normalised, no scale, no margin, no bias."""

    has_margin: ClassVar[bool] = False

    def initialise(self, weight: torch.Tensor) -> None:
        """Draw from a uniform Kaiming distribution, as torch's linear layers do."""
        nn.init.kaiming_uniform_(weight, a=math.sqrt(5))

    def forward(
        self, embeddings: torch.Tensor, targets: torch.Tensor, classes: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Compute logits (b, n) of embeddings (b, dimension), whatever the targets are."""
        with torch.autocast(embeddings.device.type, enabled=False):
            return functional.linear(embeddings.float(), self.selected(classes))
