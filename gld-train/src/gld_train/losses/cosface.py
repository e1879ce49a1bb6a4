"""CosFace and AM-softmax: an additive cosine margin."""

import torch
from torch import nn

from gld_train.losses.head import Head, on_target


class CosFace(Head):
    """s * (cos(angle) - m) on the target class, s * cos(angle) on the others.

    Source: Wang et al., CosFace: Large Margin Cosine Loss for Deep Face Recognition, 2018, eq. 4.
    """

    def with_margin(
        self, cosines: torch.Tensor, targets: torch.Tensor, margin: torch.Tensor
    ) -> torch.Tensor:
        """Subtract the margin from the target's cosine."""
        return on_target(cosines, targets, cosines.gather(1, targets) - margin)


class AMSoftmax(CosFace):
    """CosFace with normally distributed first vectors.

    Source: Wang et al., Additive Margin Softmax for Face Verification, 2018.
    """

    def initialise(self, weight: torch.Tensor) -> None:
        """Draw from a normal Xavier distribution."""
        nn.init.xavier_normal_(weight)
