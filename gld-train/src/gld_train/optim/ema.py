"""EMA: weights averaged over the steps, which often generalise better than the last ones."""

import torch
from torch import nn


class AveragedWeights:
    """An exponential moving average of a network's weights; buffers are not averaged.

    average = decay * average + (1 - decay) * weights. The first steps use a smaller decay,
    (1 + step) / (10 + step), so that the first weights are soon forgotten. Source: Polyak and
    Juditsky, Acceleration of Stochastic Approximation by Averaging, 1992. Memory: a copy of the
    weights in fp32.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        """Start from the current weights."""
        self.decay = decay
        self.weights = {
            name: weight.detach().float().clone() for name, weight in network.named_parameters()
        }

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Add the weights after ``step``, counted from 0, to the average."""
        kept = min(self.decay, (1 + step) / (10 + step))
        for name, weight in network.named_parameters():
            self.weights[name].lerp_(weight.detach().float(), 1 - kept)

    def state_of(self, network: nn.Module) -> dict[str, torch.Tensor]:
        """Return the network's state with the average in place of its weights."""
        return {name: self.weights.get(name, value) for name, value in network.state_dict().items()}
