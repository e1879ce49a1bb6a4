"""Folding BatchNorm into the convolution before it: the same result in fewer passes."""

import logging
from typing import Any

import torch
from gld_shared.networks.recipe.ibn import InstanceBatchNorm
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from gld_embed.inference.cpu_ops import HalfInstanceNorm

log = logging.getLogger(__name__)
_TOLERANCE = 1e-3


def fold_batch_norms(network: nn.Module, example: torch.Tensor) -> int:
    """Fold, in place, each BatchNorm whose input is a convolution's output; return their number.

    The BatchNorm half of an ``InstanceBatchNorm`` is folded. Pairs are found by running the batch
    ``example``, so the order of the network's modules need not be that of its computation. The
    network must be in eval mode and fp32. If the folded network computes something else (when a
    convolution's output is used twice, or a convolution transforms its own weights), the network is
    restored and 0 returned.
    """
    with torch.inference_mode():
        expected = network(example)
    pairs = _find_pairs(network, example)
    names = {module: name for name, module in network.named_modules()}
    before = {names[module]: module for pair in pairs for module in pair}
    for convolution, norm in pairs:
        folded = fuse_conv_bn_eval(convolution, _as_batch_norm(norm))
        network.set_submodule(names[convolution], folded)
        network.set_submodule(names[norm], _what_remains(norm))
    with torch.inference_mode():
        found = network(example)
    # In this form a NaN is outside the tolerance.
    if not bool((found - expected).abs().max() <= _TOLERANCE * expected.abs().max()):
        for name, module in before.items():
            network.set_submodule(name, module)
        log.info("BatchNorm is not folded: this network would compute something else")
        return 0
    return len(pairs)


def _find_pairs(network: nn.Module, example: torch.Tensor) -> list[tuple[nn.Conv2d, nn.Module]]:
    """Return convolutions and the norms that read their outputs, each used once in a forward."""
    made: dict[int, tuple[nn.Conv2d, torch.Tensor]] = {}
    calls: dict[nn.Module, int] = {}
    pairs: list[tuple[nn.Conv2d, nn.Module]] = []

    def after_convolution(module: Any, _: Any, output: torch.Tensor) -> None:
        calls[module] = calls.get(module, 0) + 1
        # Keep the tensor alive, so that no later tensor gets its id.
        made[id(output)] = (module, output)

    def before_norm(module: Any, inputs: Any) -> None:
        calls[module] = calls.get(module, 0) + 1
        if id(inputs[0]) in made:
            pairs.append((made[id(inputs[0])][0], module))

    handles = []
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            handles.append(module.register_forward_hook(after_convolution))
        elif _is_foldable(module):
            handles.append(module.register_forward_pre_hook(before_norm))
    try:
        with torch.inference_mode():
            network(example)
    finally:
        for handle in handles:
            handle.remove()
    return [pair for pair in pairs if calls[pair[0]] == calls[pair[1]] == 1]


def _is_foldable(module: nn.Module) -> bool:
    if isinstance(module, InstanceBatchNorm):
        return True
    return isinstance(module, nn.BatchNorm2d) and module.track_running_stats


def _as_batch_norm(norm: nn.Module) -> nn.BatchNorm2d:
    """Return a BatchNorm; that of an InstanceBatchNorm leaves the first half unchanged."""
    if isinstance(norm, nn.BatchNorm2d):
        return norm
    assert isinstance(norm, InstanceBatchNorm)
    half = norm.BN
    whole = nn.BatchNorm2d(norm.middle + half.num_features, eps=half.eps).eval()
    assert whole.running_var is not None
    with torch.no_grad():
        whole.running_var.fill_(1.0 - half.eps)  # to which eps is added
        for name in ("running_mean", "running_var", "weight", "bias"):
            getattr(whole, name)[norm.middle :] = getattr(half, name)
    return whole


def _what_remains(norm: nn.Module) -> nn.Module:
    """Return the instance half of an InstanceBatchNorm, timm's built-in activation, or identity."""
    if isinstance(norm, InstanceBatchNorm):
        return HalfInstanceNorm(norm.IN)
    activation = getattr(norm, "act", None)
    return activation if isinstance(activation, nn.Module) else nn.Identity()
