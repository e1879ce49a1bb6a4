"""An index on its way to the GPU, in large parts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch

from gld_shared.search.blocks import Block, Floats


@dataclass(frozen=True)
class Uploaded:
    """Rows of an index from ``start`` on: ``vectors`` (n, d) on the GPU, and ``on_host``.

    ``longest`` is the length of the longest vector.
    """

    start: int
    vectors: torch.Tensor
    on_host: Floats
    longest: float


def uploads(
    blocks: Iterable[Block], rows: int, dimension: int, device: torch.device
) -> Iterator[Uploaded]:
    """Join blocks to parts of up to ``rows`` rows, and copy each part to the device.

    A block larger than that is a part of its own. A part is valid until the next one is taken:
    all parts share a buffer of page-locked memory. Raises ValueError for another dimension.
    """
    staging = _staging(rows, dimension, device)
    start = held = 0
    for first, block in blocks:
        if block.shape[1] != dimension:
            raise ValueError(f"block has dimension {block.shape[1]}, queries {dimension}")
        if held and (held + len(block) > len(staging) or first != start + held):
            yield _uploaded(start, staging[:held], device)
            held = 0
        if len(block) > len(staging):
            staging = _staging(len(block), dimension, device)
        if held == 0:
            start = first
        staging[held : held + len(block)].numpy()[...] = block
        held += len(block)
    if held:
        yield _uploaded(start, staging[:held], device)


def _staging(rows: int, dimension: int, device: torch.device) -> torch.Tensor:
    return torch.empty((rows, dimension), pin_memory=device.type == "cuda")


def _uploaded(start: int, part: torch.Tensor, device: torch.device) -> Uploaded:
    vectors = part.to(device)
    longest = vectors.double().square().sum(dim=1).max().sqrt()
    return Uploaded(start, vectors, part.numpy(), float(longest))
