"""Opening what each network of an ensemble knows: references, their graph, tags of the index."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gld_shared.errors import DataError
from gld_shared.files import display_name
from gld_shared.progress import Advance
from gld_shared.provenance import Input
from gld_shared.search.blocks import Rows
from gld_shared.store import EmbeddingStore, check_comparable
from gld_shared.store.ensemble import Ensemble
from gld_shared.store.parts import AnyStore
from gld_shared.store.same_lengths import expect_same_lengths
from gld_shared.tables import Table

from gld_rerank.landmark.given.graph import open_reference_graph
from gld_rerank.landmark.given.index_tags import open_index_tags, search_nearest
from gld_rerank.landmark.given.query_tags import open_query_tags
from gld_rerank.landmark.network import Network, network_of
from gld_rerank.landmark.references import references_of
from gld_rerank.neighbours import Neighbours

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


def open_networks(
    found: Neighbours,
    stores: Sequence[EmbeddingStore],
    labels: Table,
    with_countries: bool,
    least: int,
    given: Given,
    device: str,
    advance: Advance,
) -> tuple[list[Network], list[Input]]:
    """Return each network, and the files that were ``given``.

    What they do not hold is searched for: tags of the index here, and ``advance`` is called with
    the number of index images of each block. Raises DataError when stores, list and files do not
    match, and for fewer than ``least`` labelled references.
    """
    _check_counts(found, stores, given)
    networks: list[Network] = []
    files: list[Input] = []
    for place, (index, store) in enumerate(zip(found.index, stores, strict=True)):
        check_comparable(index, store)
        expect_same_lengths([index, store])
        references = references_of(store, labels, with_countries)
        if references.vectors.n < least:
            raise DataError(
                f"{store.path}: {references.vectors.n} labelled references, expected at least "
                f"{least}; give a larger --reference"
            )
        member = found.index_side.members[place]
        graph = None
        if given.graphs:
            file, graph = open_reference_graph(given.graphs[place], store, references)
            files.append(file.source)
        query_tags = None
        if given.query_tags:
            queries = found.queries[place]
            order = _order_of(found.query_side, queries)
            path = given.query_tags[place]
            file, query_tags = open_query_tags(path, queries, order, store, references)
            files.append(file.source)
        if given.tags:
            order, path = _order_of(found.index_side, index), given.tags[place]
            file, nearest = open_index_tags(path, index, order, store, references, device)
            files.append(file.source)
            advance(member.n)
        else:
            nearest = search_nearest(member, np.arange(member.n), references, device, advance)
        networks.append(network_of(references, member, nearest, graph, query_tags))
    return networks, files


def _check_counts(found: Neighbours, stores: Sequence[EmbeddingStore], given: Given) -> None:
    for paths, option in (
        (stores, "--reference"),
        (given.tags, "--tags"),
        (given.query_tags, "--query-tags"),
        (given.graphs, "--graph"),
    ):
        if len(paths) != len(found.index) and (paths or option == "--reference"):
            raise DataError(
                f"{len(paths)} {option} and {len(found.index)} index stores in "
                f"{display_name(found.table.path)}; expected one for each, in the same order"
            )


def _order_of(side: Ensemble, store: AnyStore) -> Rows | None:
    """Return the rows of a network's store in the order of the side's, if it differs."""
    return None if store.ids.equals(side.ids) else store.ids.rows_of(side.ids)
