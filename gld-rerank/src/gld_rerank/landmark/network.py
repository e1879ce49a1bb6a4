"""What one network knows: its references, and the tags of the index images."""

from collections.abc import Callable
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

    ``find_nearest`` returns the number of each index row's most similar reference (n,), whose
    landmark and country it has; it is called when they are first wanted.
    """

    references: References
    index: Index
    find_nearest: Callable[[], Rows]
    graph: Lists | None = None
    query_tags: QueryTags | None = None

    @cached_property
    def nearest(self) -> Rows:
        """The number of the reference that is the most similar to each index image, (n,)."""
        return self.find_nearest()

    @cached_property
    def landmarks(self) -> IndexTags:
        """The landmark of each index image."""
        return IndexTags(self.references.labels[self.nearest])

    @cached_property
    def countries(self) -> IndexTags:
        """The country of each index image."""
        return IndexTags(self.references.countries[self.nearest])

    @cached_property
    def prototypes(self) -> Prototypes:
        """The landmarks' prototypes by their references; see ``prototypes_of``."""
        return prototypes_of(self.references.vectors, self.references.labels)

    @cached_property
    def index_prototypes(self) -> Prototypes:
        """The landmarks' prototypes by the index images that have them."""
        return prototypes_of(self.index, self.landmarks.of_rows)
