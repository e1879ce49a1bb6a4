"""Negative classes drawn anew for each step."""

import torch


def drawn_classes(
    labels: torch.Tensor, classes: int, share: float, seed: int, step: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """The classes of one step, ascending (n,), and each label's position among them (b,).

    The labels' own classes take part, and each other one with probability ``share``. The draw
    depends on (seed, step) and not on the labels, so ranks with different images draw the same
    others. Logits and normalised class vectors then take ``share`` of the memory, and a class that
    is wrongly a negative (one landmark under two labels) is so in ``share`` of the steps only.
    Source: An et al., Partial FC: Training 10 Million Identities on a Single Machine, 2021.
    """
    # On the CPU, whose numbers are the same on every machine.
    generator = torch.Generator().manual_seed((seed * 1_000_003 + step) % 2**63)
    taken = (torch.rand(classes, generator=generator) < share).to(labels.device)
    taken[labels] = True
    return taken.nonzero()[:, 0], taken.cumsum(0)[labels] - 1
