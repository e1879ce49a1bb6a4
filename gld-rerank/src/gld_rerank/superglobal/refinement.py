"""Candidates refined by each other, and the query by its best candidates."""

from dataclasses import dataclass

import numpy as np
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.keys import keys_of

# The authors have 9 neighbours; 2 gain more where an image has few others of its kind.
NEIGHBOURS, BETA = 2, 0.15
_STEPS = 2.0**24


@dataclass(frozen=True)
class Refined:
    """Similarities of refined candidates (m,) to a query, and to the refined query.

    ``columns`` (m, c) are the candidates that refine each, itself first.
    """

    to_query: Doubles
    to_refined_query: Doubles
    columns: Rows

    @property
    def mean(self) -> Doubles:
        """The new scores of the candidates."""
        return (self.to_query + self.to_refined_query) / 2


def refined_similarities(
    query: Floats | Doubles,
    candidates: Floats | Doubles,
    neighbours: int = NEIGHBOURS,
    beta: float = BETA,
) -> Refined:
    """Compare the candidates (m, d) with a query (d,); both are unit vectors.

    Equal similarities count in the order of the candidates. Memory: 33 m^2 bytes.
    """
    vectors = candidates.astype(np.float64)
    columns, weights = refinement(vectors, neighbours, beta)

    def of_refined(direction: Doubles) -> Doubles:
        """Return the refined vectors' products, without computing these vectors."""
        products: Doubles = (weights * (vectors @ direction)[columns]).sum(axis=1)
        return products

    first = of_refined(query.astype(np.float64))
    best = np.argsort(-rounded(first), kind="stable")[: neighbours + 1]
    refined = (weights[best, :, None] * vectors[columns[best]]).sum(axis=1)
    # An empty maximum has no value; without candidates there is nothing to score either.
    second = of_refined(refined.max(axis=0)) if len(best) else first
    return Refined(first, second, columns)


def rounded(similarities: Doubles) -> Floats:
    """Round sums, so that the errors of their last bits almost never decide."""
    # Adding 0 makes -0 equal to 0.
    return np.rint(similarities * _STEPS).astype(np.float32) + np.float32(0)


def refinement(vectors: Doubles, neighbours: int, beta: float) -> tuple[Rows, Doubles]:
    """Return the vectors (m, d) that refine each, itself first, and their weights, which sum to 1.

    Both are (m, min(neighbours + 1, m)). A neighbour's weight is beta times its similarity, its own
    is 1, before they are divided by their sum. A vector for which that is 0 or less, because its
    neighbours are opposite to it, stays as it is.
    """
    similarities = vectors @ vectors.T
    np.fill_diagonal(similarities, np.inf)
    columns = _highest(rounded(similarities), neighbours + 1)
    others = np.take_along_axis(similarities, columns[:, 1:], axis=1)
    weights = np.concatenate([np.ones((len(vectors), 1)), beta * others], axis=1)
    total = weights.sum(axis=1, keepdims=True)
    alone = np.arange(weights.shape[1]) == 0
    return columns, np.where(total > 1e-6, weights / np.where(total > 1e-6, total, 1), alone)


def _highest(values: Floats, count: int) -> Rows:
    """Return the columns of the highest values of each row, descending; equal ones by column."""
    columns = values.shape[1]
    keys = keys_of(values.view(np.int32)).astype(np.int64)
    keys = (keys << 32) | np.arange(columns)[::-1]
    first = max(columns - count, 0)
    if first:
        keys = np.partition(keys, first, axis=1)[:, first:]
    keys = np.sort(keys, axis=1)[:, ::-1]
    found: Rows = columns - 1 - (keys & 0xFFFFFFFF)
    return found
