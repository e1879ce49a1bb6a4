"""Parts of the backbone that keep their first weights or statistics."""

from gld_shared.errors import DataError
from gld_shared.networks.stages import stages_of
from torch import nn


def freeze_stages(backbone: nn.Module, count: int) -> None:
    """Exclude the first ``count`` stages from training, the stem among them.

    Raises DataError when the backbone has fewer stages, or none that are known.
    """
    if not count:
        return
    stages = stages_of(backbone)
    if count > len(stages):
        raise DataError(
            f"optim.frozen_stages is {count}, but the backbone has {len(stages)} stages, "
            f"its stem among them; expected at most {len(stages)}"
        )
    parameters = dict(backbone.named_parameters())
    for name in (name for stage in stages[:count] for name in stage):
        parameters[name].requires_grad_(False)


def freeze_statistics(backbone: nn.Module, everywhere: bool) -> None:
    """Freeze BatchNorm's statistics in frozen stages, or ``everywhere``, until ``train()``.

    Outside of frozen stages scales and shifts still learn.
    """
    for module in backbone.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            is_trained = module.weight is not None and module.weight.requires_grad
            if everywhere or not is_trained:
                module.eval()
