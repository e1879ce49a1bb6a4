"""The check that neighbours are of a search of given stores, and the words of such a search."""

import logging
import shlex
from collections.abc import Sequence
from pathlib import Path

from gld_shared.errors import DataError
from gld_shared.neighbours.named_stores import Side, recorded_stores
from gld_shared.neighbours.zarr_form import NeighbourArrays
from gld_shared.store.parts import AnyStore, names_of, stores_of
from gld_shared.tables import Table

log = logging.getLogger(__name__)


def check_searched(
    source: NeighbourArrays | Table,
    queries: Sequence[AnyStore],
    index: Sequence[AnyStore],
    weights: Sequence[float],
    make: str,
) -> None:
    """Raise DataError unless a search of these very stores, so weighted, made the neighbours."""
    if not source.history or source.history[-1]["tool"] != "gld-search":
        raise unfit(source.path, "was not made by gld-search", make)
    sides: tuple[tuple[Side, Sequence[AnyStore]], ...] = (("queries", queries), ("index", index))
    for side, stores in sides:
        found = recorded_stores(source.header, side)
        wanted = [each.sha256 for each in stores_of(stores)]
        if [each["sha256"] for each in found] != wanted:
            names = ", ".join(f"{each['path']} ({each['sha256'][:12]})" for each in found) or "none"
            expected = ", ".join(map(_with_digests, stores))
            raise unfit(source.path, f"has the {side} {names}, expected {expected}", make)
    if "approximate" in source.header:
        log.warning("%s: is of an approximate search, so some nearest are missing", source.path)
    recorded = source.header.get("weights", [1.0] * len(index))
    if recorded != list(weights):
        fault = f"has the weights {recorded}, expected {list(weights)}"
        raise unfit(source.path, fault, make)


def graph_search(stores: Sequence[AnyStore], weights: Sequence[float], k: int) -> str:
    """Return the search that makes the graph of a store, or of an ensemble."""
    names = [argument_of(store) for store in stores]
    words = ["gld-search", *names, *(f"--index {name}" for name in names)]
    if set(weights) != {1.0}:
        words += [f"--weight {weight}" for weight in weights]
    return " ".join([*words, f"-k {k} -o X.zarr"])


def _with_digests(store: AnyStore) -> str:
    return f"{store.path} ({', '.join(part.sha256[:12] for part in stores_of([store]))})"


def argument_of(store: AnyStore) -> str:
    """Return what names a store, or its parts, to gld-search in a shell."""
    names = names_of(store)
    return names if isinstance(names, str) else shlex.quote(f"{{{','.join(names)}}}")


def unfit(path: str | Path, fault: str, make: str) -> DataError:
    """Return the error of neighbours that cannot be used: their fault, and how to make others."""
    return DataError(f"{path}: {fault}; make another by {make}")
