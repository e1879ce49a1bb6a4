"""Partial FC: a random share of the negative classes in each step."""

import torch


def sample_classes(
    labels: torch.Tensor, classes: int, share: float, seed: int, step: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw the classes of one step, ascending (n,), and each label's position among them (b,).

    The labels' own classes always take part, every other class with probability ``share``. The
    draw depends on (seed, step) and not on the labels, so that ranks with different images draw
    the same negatives. Logits and normalised class vectors then take ``share`` of the memory, and
    a false negative (one landmark under two labels) counts in ``share`` of the steps only.
    Source: An et al., Partial FC: Training 10 Million Identities on a Single Machine, 2021.
    """
    # Drawn on the CPU, whose random numbers are the same on every machine.
    generator = torch.Generator().manual_seed((seed * 1_000_003 + step) % 2**63)
    taken = (torch.rand(classes, generator=generator) < share).to(labels.device)
    taken[labels] = True
    return taken.nonzero()[:, 0], taken.cumsum(0)[labels] - 1
