"""An index on its way to the GPU, in large parts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from gld_shared.search.blocks import Block


@dataclass(frozen=True)
class Part:
    """Rows of an index from ``start`` on: ``vectors`` (n, d) on the GPU.

    ``longest`` is the length of the longest vector, NaN if a value is.
    """

    start: int
    vectors: torch.Tensor
    longest: float


def uploads(
    blocks: Iterable[Block], rows: int, dimension: int, device: torch.device
) -> Iterator[Part]:
    """Join consecutive blocks to parts of up to ``rows`` rows; a larger block is its own part.

    A part is valid until the next one is taken: all parts use the same memory. Raises ValueError
    for another dimension.
    """
    buffer = torch.empty((rows, dimension), dtype=torch.float32, device=device)
    start = held = 0
    for first, block in blocks:
        if block.shape[1] != dimension:
            raise ValueError(f"block has dimension {block.shape[1]}, queries {dimension}")
        if held and held + len(block) > len(buffer):
            yield _part(start, buffer[:held])
            held = 0
        if len(block) > len(buffer):
            buffer = torch.empty((len(block), dimension), dtype=torch.float32, device=device)
        if held == 0:
            start = first
        vectors = torch.from_numpy(np.ascontiguousarray(block, dtype=np.float32))
        buffer[held : held + len(block)].copy_(vectors)
        held += len(block)
    if held:
        yield _part(start, buffer[:held])


def _part(start: int, vectors: torch.Tensor) -> Part:
    return Part(start, vectors, float(vectors.square().sum(dim=1).max().sqrt()))
