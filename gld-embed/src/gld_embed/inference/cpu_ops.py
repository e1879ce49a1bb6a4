"""Layers that compute the same with fewer passes over memory, for inference on the CPU."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from gld_shared.networks.pooling import EPSILON, GeM
from torch import nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

# From this batch on, torch itself uses oneDNN.
_SMALL_BATCH = 16


class LeanOperations(TorchFunctionMode):
    """A mode in which two operations are computed differently on the CPU.

    Average pooling computes means over the positions of a channels-last map: ``mean`` reads such a
    map in an order that takes four times as long, and squeeze-and-excitation and split attention
    call it in every block.

    oneDNN computes 1 x 1 convolutions. For batches of fewer than 16 images torch would use another
    algorithm on one thread, so the last bits would depend on the number of threads.
    """

    def __torch_function__(
        self,
        function: Any,
        types: Any,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Compute ``function``."""
        if function is torch.Tensor.mean and _is_over_positions(args, kwargs or {}):
            return functional.avg_pool2d(args[0], args[0].shape[-2:])
        if function is torch.conv2d and _depends_on_threads(args):
            images, weight, bias, stride, padding, dilation, groups = args
            return torch.mkldnn_convolution(images, weight, bias, padding, stride, dilation, groups)
        return function(*args, **(kwargs or {}))


def _is_over_positions(args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    return (
        len(args) == 2
        and args[1] in ((2, 3), [2, 3])
        and dict(kwargs) == {"keepdim": True}
        and args[0].ndim == 4
        and args[0].is_contiguous(memory_format=torch.channels_last)
    )


def _depends_on_threads(args: Sequence[Any]) -> bool:
    """Return whether a convolution's bits depend on the number of threads; False without oneDNN.

    ``args`` are the convolution's positional arguments, as its layer passes them.
    """
    return (
        torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        and len(args) == 7
        and args[0].ndim == 4
        and len(args[0]) < _SMALL_BATCH
        and args[0].dtype == torch.float32
        and args[1].shape[2:] == (1, 1)
        and not isinstance(args[4], str)
    )


class LeanGeM(nn.Module):
    """GeM of one image after another, so that the values stay in the cache between steps."""

    def __init__(self, gem: GeM) -> None:
        """Share the exponent of ``gem``."""
        super().__init__()
        self.p = gem.p

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Pool ``(b, c, n)`` to ``(b, c)``."""
        means = [image.float().clamp(min=EPSILON).pow_(self.p).mean(dim=-1) for image in features]
        return torch.stack(means).pow(1.0 / self.p)


class HalfInstanceNorm(nn.Module):
    """InstanceNorm of the first channels, in fp32 and in place; other channels do not change."""

    def __init__(self, norm: nn.InstanceNorm2d) -> None:
        """Take the norm of the first channels."""
        super().__init__()
        self.norm = norm

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Normalise ``(b, channels, h, w)``."""
        first = features[:, : self.norm.num_features]
        values = first.contiguous(memory_format=torch.channels_last).float()
        values = values - values.mean((2, 3), keepdim=True)
        variance = (values * values).mean((2, 3), keepdim=True)
        scale = torch.rsqrt(variance + self.norm.eps) * self.norm.weight.view(1, -1, 1, 1)
        first.copy_(torch.addcmul(self.norm.bias.view(1, -1, 1, 1), values, scale))
        return features


def lean_pooling(pooling: nn.Module) -> nn.Module:
    """Return the pooling, or a leaner one that computes the same."""
    return LeanGeM(pooling) if isinstance(pooling, GeM) else pooling
