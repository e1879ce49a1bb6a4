"""The queries that the gallery shows: all, or a bounded number of them."""

import hashlib
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from gld_eval.report.wording import SCORED, Wording

# All queries of Google Landmark Retrieval's public and private sets, which are 1,129.
MOST = 1200


class Choice(NamedTuple):
    """The chosen queries, in the order in which they were given, and how they were chosen.

    ``rule`` completes a sentence about what shows them; it is empty if all are chosen.
    """

    queries: list[str]
    rule: str


def choose_queries(
    queries: Sequence[str],
    first: Sequence[str],
    first_are: str,
    seed: int,
    most: int = MOST,
    wording: Wording = SCORED,
) -> Choice:
    """Choose all queries, or ``most`` of them: those named ``first``, and others drawn by the seed.

    ``first_are`` is a phrase for those named first. The draw depends on ids and seed alone.
    """
    if len(queries) <= most:
        return Choice(list(queries), "")
    kept = set(first[:most])
    others = [query for query in queries if query not in kept]
    others.sort(key=partial(_draw, seed=seed))
    drawn = others[: most - len(kept)]
    named = f"the {len(kept):,} {first_are}, and " if kept else ""
    rule = (
        f"{most:,} of {len(queries):,} {wording.queries}: {named}{len(drawn):,} drawn at random "
        f"(--seed {seed}); --show {len(queries)} shows all"
    )
    chosen = kept.union(drawn)
    return Choice([query for query in queries if query in chosen], rule)


def _draw(query: str, seed: int) -> bytes:
    """Return a random number of a query, the same on every machine."""
    key = seed.to_bytes(16, "big", signed=True)
    return hashlib.blake2b(query.encode(), digest_size=8, key=key).digest()
