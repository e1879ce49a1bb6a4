"""Opening what each network of an ensemble knows: references, their graph, tags of the index."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from gld_shared.errors import DataError
from gld_shared.progress import Advance
from gld_shared.provenance import Input
from gld_shared.search.blocks import Rows
from gld_shared.store import EmbeddingStore, check_comparable
from gld_shared.tables import Table

from gld_rerank.landmark.given import open_index_tags, open_reference_graph, search_nearest
from gld_rerank.landmark.network import Network, network_of
from gld_rerank.landmark.references import references_of
from gld_rerank.neighbours import Neighbours

Paths = Sequence[str | Path]


def open_networks(
    found: Neighbours,
    stores: Sequence[EmbeddingStore],
    labels: Table,
    with_countries: bool,
    least: int,
    tags: Paths,
    graphs: Paths,
    device: str,
    advance: Advance,
) -> tuple[list[Network], list[Input]]:
    """Return each network, and the files of ``tags`` and ``graphs``.

    What they do not give is searched for: tags of the index here, and ``advance`` is called with
    the number of index images of each block. Raises DataError when stores,
    list, tags and graphs do not match, and for fewer than ``least`` labelled references.
    """
    for given, option in ((stores, "--reference"), (tags, "--tags"), (graphs, "--graph")):
        if len(given) != len(found.index) and (given or option == "--reference"):
            raise DataError(
                f"{len(given)} {option} and {len(found.index)} index stores in "
                f"{found.table.path}; expected one for each, in the same order"
            )
    networks: list[Network] = []
    files: list[Input] = []
    for place, (index, store) in enumerate(zip(found.index, stores, strict=True)):
        check_comparable(index, store)
        references = references_of(store, labels, with_countries)
        if references.vectors.n < least:
            raise DataError(
                f"{store.path}: {references.vectors.n} labelled references, expected at least "
                f"{least}; give a larger --reference"
            )
        member = found.index_side.members[place]
        graph = None
        if graphs:
            file, graph = open_reference_graph(graphs[place], store, references)
            files.append(file.source)
        if tags:
            order = _order_of(found, place)
            file, nearest = open_index_tags(tags[place], index, order, store, references, device)
            files.append(file.source)
            advance(member.n)
        else:
            nearest = search_nearest(member, np.arange(member.n), references, device, advance)
        networks.append(network_of(references, member, nearest, graph))
    return networks, files


def _order_of(found: Neighbours, place: int) -> Rows | None:
    """Return the rows of a network's index store in the order of the first one's, if it differs."""
    first, own = found.index_side.ids, found.index[place].ids
    return None if own.equals(first) else own.rows_of(first)
