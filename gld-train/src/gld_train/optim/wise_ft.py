"""WiSE-FT: weights between the first and the tuned ones, which keep more of the first features."""

from collections.abc import Mapping

import torch
from torch import nn

BACKBONE = "backbone."


class FirstWeights:
    """A backbone's weights and BatchNorm statistics before training, as one end of WiSE-FT.

    Memory: a copy of them in fp32. Source: Wortsman et al., Robust fine-tuning of zero-shot models,
    2022, where ``tuned_share`` is alpha.
    """

    def __init__(self, backbone: nn.Module, tuned_share: float) -> None:
        """Copy the current weights of a backbone that is not trained yet."""
        self.tuned_share = tuned_share
        self.values = {
            BACKBONE + name: value.detach().float().clone()
            for name, value in backbone.state_dict().items()
            if value.is_floating_point()
        }

    def mixed_with(self, tuned: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Return a network's tuned state with ``(1 - share) * first + share * tuned`` as backbone.

        Pooling, neck and counts stay as they are tuned: their first values are random, or whole.
        """
        return {
            name: self.values[name].lerp(value.detach().float(), self.tuned_share)
            if name in self.values
            else value
            for name, value in tuned.items()
        }
