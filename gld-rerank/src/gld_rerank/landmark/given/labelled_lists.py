"""Lists of a store's images, of which only the labelled ones count."""

import numpy as np
from gld_shared.neighbours import NONE, Nearest
from gld_shared.search.blocks import Floats, Rows

from gld_rerank.landmark.references import References
from gld_rerank.landmark.tagging.lists import moved_to_the_end


class LabelledLists:
    """Lists of a store's images as those of its labelled ones, numbered without the others.

    Memory: 8 bytes for each image of the store.
    """

    def __init__(self, nearest: Nearest, references: References, n: int) -> None:
        """Keep the lists; the store has ``n`` images, of which ``references`` are the labelled."""
        self._nearest, self._all_labelled = nearest, len(references.store_rows) == n
        self._numbers = numbers_of(references, n)

    def read(self, rows: Rows) -> tuple[Rows, Floats]:
        """Return the lists of some rows (m,): numbers, -1 = no more, and scores, (m, l) each."""
        found, scores = self._nearest.read(rows)
        if self._all_labelled:
            return found, scores
        numbers = np.where(found == NONE, NONE, self._numbers[found])
        return moved_to_the_end(numbers == NONE, numbers, scores)


def numbers_of(references: References, n: int) -> Rows:
    """Return the number of each of a store's ``n`` images among its labelled ones, -1 = none."""
    if len(references.store_rows) == n:
        return references.store_rows  # all of them, in order
    numbers = np.full(n, NONE, np.int64)
    numbers[references.store_rows] = np.arange(len(references.store_rows))
    return numbers
