"""The nearest neighbours of each index image among the others, from a file or computed."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from gld_shared.neighbours import NONE
from gld_shared.neighbours.graph import Nearest, open_graph
from gld_shared.progress import Advance, silent
from gld_shared.provenance import Input
from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.topk import topk

from gld_rerank.graph.similarity import total_weight
from gld_rerank.neighbours import Neighbours

Nodes = npt.NDArray[np.int32]
_IMAGES_AT_ONCE = 4096


@dataclass(frozen=True)
class Graph:
    """The nearest others (n, k) of n nodes, best first, -1 = no more, and their similarities.

    Equal similarities are in the order of nodes. ``source`` is the file, if there is one.
    """

    nodes: Nodes
    similarities: Floats
    source: Input | None = None

    def __len__(self) -> int:
        """Count the nodes."""
        return len(self.nodes)

    @property
    def inputs(self) -> list[Input]:
        """The file, if there is one, for the history of what is made by the graph."""
        return [] if self.source is None else [self.source]


def index_graph(
    found: Neighbours,
    path: str | Path | None,
    k: int,
    device: str = "cpu",
    advance: Advance = silent,
) -> Graph:
    """Read the k nearest others of each index image, or compute them without a ``path``.

    All others if there are fewer. ``advance`` is called with the number of images of each block.
    Memory: 8 bytes for each of n k neighbours, and a block of images; of a table, all of it. Raises
    DataError for a file that is not of this index, or has fewer neighbours.
    """
    total, index = total_weight(found), found.index_side
    k = min(k, index.n - 1)
    nodes = np.full((index.n, k), NONE, np.int32)
    similarities = np.zeros((index.n, k), np.float32)
    file = None if path is None else _opened(found, path, k)
    for start in range(0, index.n if k else 0, _IMAGES_AT_ONCE):
        part = slice(start, min(start + _IMAGES_AT_ONCE, index.n))
        rows, scores = file.read(part) if file else _computed(found, part, k, device)
        nodes[part], similarities[part] = rows, scores / np.float32(total)
        advance(part.stop - start)
    return Graph(nodes, similarities, None if file is None else file.source)


def _opened(found: Neighbours, path: str | Path, k: int) -> Nearest:
    first, *others = found.index
    return open_graph(path, first, k, others=others, weights=found.weights)


def _computed(found: Neighbours, part: slice, k: int, device: str) -> tuple[Rows, Floats]:
    index = found.index_side
    own = np.arange(part.start, part.stop)[:, None]
    scores, rows = topk(found.weigh(index.read(part)), index, k + 1, device)
    # The image itself is left out; it may be further down than k copies of it.
    order = np.argsort(rows == own, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(rows, order, axis=1), np.take_along_axis(scores, order, axis=1)
