"""The landmark rerank: references, their votes, and a search that adds the votes to the scores.

Each index image takes the landmark and country of its nearest labelled reference. Each query takes
those of its three best references by fused similarity, with shares that sum to 1. A shared landmark
or country adds to the similarity. The whole index is searched, so the result may contain images
that the first search did not find.
"""

from collections.abc import Sequence

from gld_shared.errors import DataError
from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.index import blocks_of
from gld_shared.search.topk import topk
from gld_shared.store import EmbeddingStore, check_comparable
from gld_shared.tables import Table

from gld_rerank.landmark.references import References, nearest_references, references_of
from gld_rerank.landmark.votes import cast_votes, vote_bonus
from gld_rerank.neighbours import Neighbours, Source, open_neighbours
from gld_rerank.reranking import Reranking


def landmark_rerank(
    neighbours: Source,
    references: Sequence[EmbeddingStore],
    labels: Table,
    alpha: float = 1.0,
    beta: float = 0.1,
    vote: int = 3,
    k: int = 100,
    device: str = "cpu",
) -> Reranking:
    """Add alpha for a shared landmark and beta for a shared country, and search the whole index.

    ``references`` holds a store of labelled images for each network, ``labels`` their list;
    ``vote`` references vote on each query. Only the queries and stores of ``neighbours`` are used.
    Memory: a number for each index row and network, 2,048 queries, and one block of the index.
    Raises DataError when stores and list do not match.
    """
    found = open_neighbours(neighbours, 1)
    labelled = _labelled(found, references, labels)
    nearest = [
        nearest_references(blocks_of(store), network, device)
        for store, network in zip(found.index_side.members, labelled, strict=True)
    ]

    def rank(part: slice) -> tuple[Floats, Rows]:
        votes = []
        for store, near, network in zip(found.query_side.members, nearest, labelled, strict=True):
            queries = store.read(found.query_rows[part])
            votes += cast_votes(queries, near, network, alpha, beta, vote, device)
        weighed = found.weigh(found.query_vectors(part))
        return topk(weighed, found.index_side, k, device, bonus=vote_bonus(votes))

    return Reranking(found, rank, [labels], references)


def _labelled(
    found: Neighbours, references: Sequence[EmbeddingStore], labels: Table
) -> list[References]:
    """Return the labelled references of each network."""
    if len(references) != len(found.index):
        raise DataError(
            f"{len(references)} --reference and {len(found.index)} index stores in "
            f"{found.table.path}; expected one for each, in the same order"
        )
    labelled = []
    for index, store in zip(found.index, references, strict=True):
        check_comparable(index, store)
        labelled.append(references_of(store, labels))
    return labelled
