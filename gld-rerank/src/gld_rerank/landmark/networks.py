"""Opening what each network of an ensemble knows: references, their graph, tags of the index."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from gld_shared.counting import counted
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

from gld_rerank.landmark.given.files import Given, open_files
from gld_rerank.landmark.given.index_tags import nearest_by_tags, search_nearest
from gld_rerank.landmark.given.query_tags import QueryTags
from gld_rerank.landmark.given.reference_graph import GraphLists
from gld_rerank.landmark.network import Network
from gld_rerank.landmark.references import References, references_of
from gld_rerank.neighbours import Neighbours


def open_networks(
    found: Neighbours,
    stores: Sequence[EmbeddingStore],
    labels: Table,
    with_countries: bool,
    least: int,
    given: Given,
    with_tags: bool,
    device: str,
    advance: Advance,
) -> tuple[list[Network], list[Input]]:
    """Return each network, and the files that were ``given``.

    What they do not hold is searched for: tags of the index here, if ``with_tags``, else when they
    are first wanted. ``advance`` is called with the number of index images of each block. Raises
    DataError when stores, list and files do not match, and for fewer than ``least`` labelled
    references.
    """
    _check_counts(found, stores, given)
    networks: list[Network] = []
    files: list[Input] = []
    for place, (index, store) in enumerate(zip(found.index, stores, strict=True)):
        check_comparable(index, store)
        expect_same_lengths([index, store])
        queries, member = found.queries[place], found.index_side.members[place]
        references = _enough_references(store, labels, with_countries, least)
        opened = open_files(given, place, queries, index, store)
        files += opened.inputs
        graph = query_tags = None
        if opened.graph:
            graph = GraphLists(opened.graph, references)
        if opened.query_tags:
            order = _order_of(found.query_side, queries)
            query_tags = QueryTags(opened.query_tags, order, references, store)
        if opened.tags:
            order = _order_of(found.index_side, index)
            nearest = nearest_by_tags(opened.tags, index, order, store, references, device)
            find_nearest = _known(nearest)
            advance(member.n)
        else:
            rows = np.arange(member.n)
            find_nearest = partial(search_nearest, member, rows, references, device)
            if with_tags:
                find_nearest = _known(find_nearest(advance))
        networks.append(Network(references, member, find_nearest, graph, query_tags))
    return networks, files


def _known(nearest: Rows) -> Callable[[], Rows]:
    return lambda: nearest


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


def _enough_references(
    store: EmbeddingStore, labels: Table, with_countries: bool, least: int
) -> References:
    references = references_of(store, labels, with_countries)
    if references.vectors.n < least:
        raise DataError(
            f"{store.path}: {counted(references.vectors.n, 'labelled reference')}, expected at "
            f"least {least}; give a larger --reference, or --votes raw, which needs no "
            "more than --vote"
        )
    return references


def _order_of(side: Ensemble, store: AnyStore) -> Rows | None:
    """Return the rows of a network's store in the order of the side's, if it differs."""
    return None if store.ids.equals(side.ids) else store.ids.rows_of(side.ids)
