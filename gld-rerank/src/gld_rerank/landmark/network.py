"""What one network knows: its references, and the tags of the index images."""

from dataclasses import dataclass
from functools import cached_property

from gld_shared.search.blocks import Rows
from gld_shared.search.index import Index

from gld_rerank.landmark.given.query_tags import QueryTags
from gld_rerank.landmark.prototypes import Prototypes, prototypes_of
from gld_rerank.landmark.references import References
from gld_rerank.landmark.tagging.lists import Lists
from gld_rerank.landmark.tags import IndexTags


@dataclass(frozen=True)
class Network:
    """The references of a network, the index, its tags, and what was given besides, if any.

    ``nearest`` (n,) is each index row's most similar reference, whose landmark and country it has.
    """

    references: References
    index: Index
    nearest: Rows
    landmarks: IndexTags
    countries: IndexTags
    graph: Lists | None = None
    query_tags: QueryTags | None = None

    @cached_property
    def prototypes(self) -> Prototypes:
        """The landmarks' prototypes by their references; see ``prototypes_of``."""
        return prototypes_of(self.references.vectors, self.references.labels)

    @cached_property
    def index_prototypes(self) -> Prototypes:
        """The landmarks' prototypes by the index images that have them."""
        return prototypes_of(self.index, self.landmarks.of_rows)


def network_of(
    references: References,
    index: Index,
    nearest: Rows,
    graph: Lists | None = None,
    query_tags: QueryTags | None = None,
) -> Network:
    """Give each index image the landmark and the country of its nearest reference."""
    landmarks = IndexTags(references.labels[nearest])
    countries = IndexTags(references.countries[nearest])
    return Network(references, index, nearest, landmarks, countries, graph, query_tags)
