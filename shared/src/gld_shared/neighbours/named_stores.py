"""The stores that neighbours name: opened, and checked against what was searched."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from gld_shared.errors import DataError
from gld_shared.files import display_name
from gld_shared.provenance import History, InputEntry
from gld_shared.store.ensemble import check_weights
from gld_shared.store.layout import partial_of
from gld_shared.store.parts import AnyStore, open_parts, stores_of
from gld_shared.type_contract import type_fault

Side = Literal["queries", "index"]
_KINDS: dict[Side, str] = {"queries": "query", "index": "index"}


class AnyNeighbours(Protocol):
    """Neighbours of either form: their path, header and history."""

    @property
    def path(self) -> Any:
        """Where they are."""

    @property
    def header(self) -> Mapping[str, Any]:
        """The header of the table, or the attributes of the arrays."""

    @property
    def history(self) -> History:
        """The steps that made them, oldest first."""


def open_named_stores(neighbours: AnyNeighbours, side: Side) -> list[AnyStore]:
    """Open the query stores or the index stores that neighbours name.

    Raises DataError when they name none, and when a store is missing, damaged, unknown to the
    history, or has other contents than the history recorded.
    """
    return [_open(neighbours, name, side) for name in _names(neighbours, side)]


def open_first_store(neighbours: AnyNeighbours, side: Side) -> AnyStore:
    """Open the first of these stores, whose images the others share; raises DataError alike."""
    return _open(neighbours, _names(neighbours, side)[0], side)


def recorded_stores(header: Mapping[str, Any], side: Side) -> list[InputEntry]:
    """Return path and digest of the stores on one side, parts one by one; "" if not recorded.

    There are none if the header does not name them as gld-search does.
    """
    read = _digests(header.get("history") or [])
    named = header.get(side)
    if type_fault(named, list[str | list[str]]):
        return []
    return [
        {"path": name, "sha256": read.get(name, "")}
        for names in named or []
        for name in ([names] if isinstance(names, str) else names)
    ]


def weights_of(neighbours: AnyNeighbours, networks: int) -> list[float]:
    """Return the weights in the header, by default 1. Raises DataError when they do not fit."""
    weights = neighbours.header.get("weights", [1.0] * networks)
    if type_fault(weights, list[float]) or not np.isfinite(weights).all():
        raise DataError(
            f"{display_name(neighbours.path)}:1: "
            f"header: weights: expected a list of numbers, got {weights!r}; "
            "reranking needs a table that gld-search wrote"
        )
    try:
        check_weights(weights, networks)
    except DataError as error:
        # It speaks of an option of the search.
        raise DataError(
            f"{display_name(neighbours.path)}:1: header: weights: {error}; "
            "reranking needs a table that gld-search wrote"
        ) from None
    return list(weights)


def _names(neighbours: AnyNeighbours, side: Side) -> list[str | list[str]]:
    names = neighbours.header.get(side)
    if not names or type_fault(names, list[str | list[str]]) or not all(names):
        raise DataError(
            f"{display_name(neighbours.path)}:1: the header names no {side} stores; "
            "reranking needs a table that gld-search wrote"
        )
    return list(names)


def _open(neighbours: AnyNeighbours, names: str | list[str], side: Side) -> AnyStore:
    names = [names] if isinstance(names, str) else names
    for name in names:
        _check_there(neighbours, name, side)
    opened = open_parts(names)
    read = _digests(neighbours.history)
    for store in stores_of([opened]):
        # A table of another program may record no history.
        then = read.get(str(store.path)) if read else store.sha256
        if then is None:
            raise DataError(
                f"{display_name(neighbours.path)}: names the {_KINDS[side]} store {store.path}, "
                "which no step of its history read; restore the header, or search again"
            )
        if then != store.sha256:
            raise DataError(
                f"{display_name(neighbours.path)}: "
                f"was made from {store.path} with sha256 {then[:12]}, which now "
                f"has {store.sha256[:12]}; the store has been made again since, so search again"
            )
    return opened


def _check_there(neighbours: AnyNeighbours, name: str, side: Side) -> None:
    """Raise DataError for a path where nothing is, naming the neighbours that name it."""
    path = Path(name)
    # An unfinished store has an error of its own.
    if path.exists() or partial_of(path).exists():
        return
    remedy = "search again" if path.is_absolute() else "run from the folder where the path starts"
    raise DataError(
        f"{display_name(neighbours.path)}: names the {_KINDS[side]} store {name}, which is not "
        f"found; bring it back, or {remedy}"
    )


def _digests(history: History) -> dict[str, str]:
    """Return the digest of each file as the last step that read it recorded it."""
    return {each["path"]: each["sha256"] for step in history for each in step["inputs"]}
