"""Gradients of depthwise convolutions in fp32, for half-precision training on a CPU.

In half precision oneDNN computes these gradients 3 to 5 times slower than in fp32 where the stride
is 2 or the kernel 5 x 5: four fifths of a training step of an EfficientNet. Forward passes and all
other convolutions gain from half precision.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch.overrides import TorchFunctionMode


class Fp32DepthwiseGradients(TorchFunctionMode):
    """Inside the block, the gradients of depthwise convolutions under autocast are in fp32."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Replace ``conv2d(images, weight, bias, stride, padding, dilation, groups)``."""
        chosen = func is torch.conv2d and not kwargs and torch.is_autocast_enabled("cpu")
        if not chosen or not _is_depthwise(args):
            return func(*args, **(kwargs or {}))
        half = torch.get_autocast_dtype("cpu")
        tensors = (None if tensor is None else tensor.to(half) for tensor in args[:3])
        return _DepthwiseConvolution.apply(*tensors, *args[3:])


def _is_depthwise(args: Sequence[Any]) -> bool:
    """Return whether each filter has one input channel, and the padding is in numbers."""
    return len(args) == 7 and args[6] > 1 and args[1].shape[1] == 1 and not isinstance(args[4], str)


class _DepthwiseConvolution(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        images: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        *geometry: Any,
    ) -> torch.Tensor:
        ctx.save_for_backward(images, weight)
        ctx.geometry = geometry
        return torch.conv2d(images, weight, bias, *geometry)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        images, weight = ctx.saved_tensors
        stride, padding, dilation, groups = ctx.geometry
        gradients = torch.ops.aten.convolution_backward(
            gradient.float(), images.float(), weight.float(), [len(weight)],
            stride, padding, dilation, False, [0, 0], groups, ctx.needs_input_grad[:3],
        )  # fmt: skip
        halves = (None if tensor is None else tensor.to(images.dtype) for tensor in gradients)
        return (*halves, None, None, None, None)
