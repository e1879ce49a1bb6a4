"""The files of searches made before, and those of one network, opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gld_shared.neighbours import Nearest, open_graph, open_tags
from gld_shared.provenance import Input
from gld_shared.store import EmbeddingStore
from gld_shared.store.parts import AnyStore

from gld_rerank.landmark.tagging.best import NEIGHBOURHOOD

Paths = Sequence[str | Path]


@dataclass(frozen=True)
class Given:
    """Searches made before, a file for each network in order, or none.

    ``tags`` hold the nearest reference of each index image, ``query_tags`` the 30 nearest of each
    query, ``graphs`` those of each reference among the others.
    """

    tags: Paths = ()
    query_tags: Paths = ()
    graphs: Paths = ()


@dataclass(frozen=True)
class NetworkFiles:
    """The files that are given for one network, opened; None where there is none."""

    graph: Nearest | None
    query_tags: Nearest | None
    tags: Nearest | None

    @property
    def inputs(self) -> list[Input]:
        """The files as inputs of what is made from them."""
        return [file.source for file in (self.graph, self.query_tags, self.tags) if file]


def open_files(
    given: Given, place: int, queries: AnyStore, index: AnyStore, references: EmbeddingStore
) -> NetworkFiles:
    """Open the files of the network at a place, of these stores; a graph may lack some neighbours.

    Raises DataError as ``open_graph`` and ``open_tags`` do, for the first of graph, query tags and
    tags that cannot be opened.
    """
    graph = query_tags = tags = None
    if given.graphs:
        graph = open_graph(given.graphs[place], references, NEIGHBOURHOOD, may_lack=True)
    if given.query_tags:
        query_tags = open_tags(given.query_tags[place], queries, references, NEIGHBOURHOOD)
    if given.tags:
        tags = open_tags(given.tags[place], index, references)
    return NetworkFiles(graph, query_tags, tags)
