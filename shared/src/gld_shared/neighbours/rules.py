"""The rules that ranked neighbours satisfy, as rows of the index and scores."""

import numpy as np
import numpy.typing as npt

from gld_shared.neighbours.contract import NONE
from gld_shared.search.blocks import Floats, Rows


def first_broken(rows: Rows, scores: Floats) -> tuple[int, str] | None:
    """Find the first query whose neighbours (q, k) break a rule: its place, and the fault."""
    if _are_all_there(rows, scores):
        return None
    found = [(int(np.argmax(broken)), fault) for broken, fault in _broken(rows, scores)]
    return min(found) if found else None


def _are_all_there(rows: Rows, scores: Floats) -> bool:
    """Return whether all queries have all neighbours, by the rules: so it mostly is."""
    if not rows.size or rows.min() < 0:
        return False
    # No comparison with NaN is true.
    falls = bool((scores[:, 1:] <= scores[:, :-1]).all())
    if not falls or np.isnan(scores[:, 0]).any():
        return False
    ordered = np.sort(rows, axis=1)
    return bool((ordered[:, 1:] != ordered[:, :-1]).all())


def _broken(rows: Rows, scores: Floats) -> list[tuple[npt.NDArray[np.bool_], str]]:
    there = rows >= 0
    both = there[:, 1:] & there[:, :-1]
    ordered = np.sort(rows, axis=1)
    rules = [
        (rows < NONE, "a row is less than -1"),
        (there[:, 1:] & ~there[:, :-1], "a neighbour comes after -1, which is none"),
        (there & np.isnan(scores), "a score is not a number"),
        (both & (scores[:, 1:] > scores[:, :-1]), "a score rises; expected best first"),
        (
            (ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0),
            "a row of the index appears twice",
        ),
    ]
    of_queries = ((broken.any(axis=1), fault) for broken, fault in rules)
    return [(broken, fault) for broken, fault in of_queries if broken.any()]
