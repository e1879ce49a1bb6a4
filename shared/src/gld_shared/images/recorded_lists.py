"""The lists of images that stores were made from."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gld_shared.errors import DataError
from gld_shared.output_targets import STDIO
from gld_shared.provenance import InputEntry
from gld_shared.store.parts import AnyStore, stores_of
from gld_shared.tables import Table
from gld_shared.type_contract import type_fault


class RecordedList(NamedTuple):
    """A list as a store records it: its path, its sha256 at that time, and the store."""

    path: str
    sha256: str
    store: Path


def recorded_lists(stores: Sequence[AnyStore], option: str) -> list[RecordedList]:
    """Return the lists that stores, or their parts, were made from.

    Raises DataError, which names the ``option`` for other lists, for a store that records none.
    """
    return [
        RecordedList(entry["path"], entry["sha256"], store.path)
        for store in stores_of(stores)
        for entry in _entries(store.attributes.get("list"), store.path, option)
    ]


def refuse_changed(recorded: Sequence[RecordedList], tables: Iterable[Table], option: str) -> None:
    """Raise DataError when a list, which has now been read, differs from the one recorded."""
    now = {table.path: table.sha256 for table in tables}
    for path, then, store in recorded:
        if now[path] != then:
            raise DataError(
                f"{path}: has changed since {store} was made from it; restore it, or "
                f"name a list of the same images with {option}"
            )


def _entries(recorded: Any, store: Path, option: str) -> list[InputEntry]:
    entries: list[Any] = recorded if isinstance(recorded, list) else [recorded]
    known = not type_fault(entries, list[InputEntry])
    if not known or not entries or STDIO in (entry["path"] for entry in entries):
        raise DataError(
            f"{store}: does not say which list it was made from; name the list of its images "
            f"with {option}"
        )
    return entries
