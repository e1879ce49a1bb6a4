"""Folding BatchNorm into the convolution before it: the same function in fewer passes."""

import logging
from typing import Any

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

log = logging.getLogger(__name__)
_TOLERANCE = 1e-3


def fold_batch_norms(network: nn.Module, example: torch.Tensor) -> int:
    """Fold, in place, each BatchNorm whose input is a convolution's output; return how many.

    The pairs are found by running ``example``, a batch that the network takes, so any network will
    do, also where the order of its modules is not the order of its computation. The network must
    be in eval mode and fp32. Where the folded network computes something else (a convolution
    whose output is used twice, or that transforms its own weights), all is put back and 0 returned.
    """
    with torch.inference_mode():
        expected = network(example)
    pairs = _find_pairs(network, example)
    names = {module: name for name, module in network.named_modules()}
    before = {names[module]: module for pair in pairs for module in pair}
    for convolution, norm in pairs:
        network.set_submodule(names[convolution], fuse_conv_bn_eval(convolution, norm))
        network.set_submodule(names[norm], _what_remains(norm))
    with torch.inference_mode():
        found = network(example)
    # Not within the tolerance includes not a number.
    if not bool((found - expected).abs().max() <= _TOLERANCE * expected.abs().max()):
        for name, module in before.items():
            network.set_submodule(name, module)
        log.info("BatchNorm is not folded: this network would compute something else")
        return 0
    return len(pairs)


def _find_pairs(
    network: nn.Module, example: torch.Tensor
) -> list[tuple[nn.Conv2d, nn.BatchNorm2d]]:
    """Convolutions and the BatchNorms that read their outputs, each used once in a forward."""
    made: dict[int, tuple[nn.Conv2d, torch.Tensor]] = {}
    calls: dict[nn.Module, int] = {}
    pairs: list[tuple[nn.Conv2d, nn.BatchNorm2d]] = []

    def after_convolution(module: Any, _: Any, output: torch.Tensor) -> None:
        calls[module] = calls.get(module, 0) + 1
        # The tensor is kept as well, so that its id is not given to a later one.
        made[id(output)] = (module, output)

    def before_norm(module: Any, inputs: Any) -> None:
        calls[module] = calls.get(module, 0) + 1
        if id(inputs[0]) in made:
            pairs.append((made[id(inputs[0])][0], module))

    handles = []
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            handles.append(module.register_forward_hook(after_convolution))
        elif isinstance(module, nn.BatchNorm2d) and module.track_running_stats:
            handles.append(module.register_forward_pre_hook(before_norm))
    try:
        with torch.inference_mode():
            network(example)
    finally:
        for handle in handles:
            handle.remove()
    return [pair for pair in pairs if calls[pair[0]] == calls[pair[1]] == 1]


def _what_remains(norm: nn.BatchNorm2d) -> nn.Module:
    """The activation that timm keeps inside some of its BatchNorms, or nothing."""
    activation = getattr(norm, "act", None)
    return activation if isinstance(activation, nn.Module) else nn.Identity()
