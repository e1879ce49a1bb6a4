"""The interface of a protocol."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Generic, NamedTuple, TypeVar

from gld_eval.protocols.judged import ALL_RELEVANT, Grade, Judged, Values

Found = TypeVar("Found")
Measure = Callable[[Judged, int], Values]


class Scope(Enum):
    """The queries that are scored; those among them without positives count 0."""

    WITH_POSITIVES = "with a relevant image"
    JUDGED = "with any pair in the truth"
    ALL = "in the truth"


class Setup(NamedTuple):
    """The grades that are relevant, and those that are taken out of the ranking."""

    relevant: tuple[Grade, ...] = ALL_RELEVANT
    removed: tuple[Grade, ...] = (Grade.JUNK,)


@dataclass(frozen=True)
class Protocol(Generic[Found]):
    """The definition of scores of a ranking, or of other results that were found.

    ``measures`` maps patterns of metric names, such as ``map@K``, to functions of the judged
    results and K: (queries,) float64, nan where a query has no such value and is left out of the
    mean. ``defaults`` are the metrics that are computed unless others are named, the headline
    first. ``definition`` is that of the headline; ``definitions`` are those of the other measures.
    ``relevant`` and ``removed`` are the grades that count as right, and that are taken out of the
    ranking; ``setups`` hold those of the measures that have others. ``own_image``: the query's own
    image is a result like any other. ``orders_ties``: equal scores are ordered by index id,
    descending, which only a protocol with ``own_image`` does. ``repeats``: a result that a query
    repeats is defined, and not an error.
    ``needs_grades``: the truth must grade each relevant image as easy or hard.
    ``scores_missing``: a query without neighbours counts 0, and is not left out.
    """

    name: str
    definition: str
    measures: dict[str, Callable[[Found, int], Values]]
    defaults: tuple[str, ...]
    definitions: Mapping[str, str] = field(default_factory=dict)
    relevant: tuple[Grade, ...] = ALL_RELEVANT
    removed: tuple[Grade, ...] = (Grade.JUNK,)
    setups: Mapping[str, Setup] = field(default_factory=dict)
    own_image: bool = False
    scope: Scope = Scope.WITH_POSITIVES
    orders_ties: bool = False
    repeats: bool = False
    needs_grades: bool = False
    scores_missing: bool = True

    def setup(self, measure: str) -> Setup:
        """Return the grades that count for a measure, and those that it removes."""
        return self.setups.get(measure, Setup(self.relevant, self.removed))


RankingProtocol = Protocol[Judged]
