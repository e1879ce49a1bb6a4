"""An index of many tars: the tar and the offset of each path."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

import numpy as np

from gld_shared.errors import DataError
from gld_shared.images.sources.base import SourceError
from gld_shared.images.sources.tar_headers import Members, key_of

_REMEMBERED = 1 << 13


@dataclass(frozen=True)
class Place:
    """The place of an image: the number of its tar, its first byte, and its size in bytes."""

    tar: int
    start: int
    size: int


class TarIndex:
    """One index over many tars.

    A path is a member's name, and may begin with the name of the tar's folder: in a folder
    ``train``, the member ``0/1/2/x.jpg`` is ``train/0/1/2/x.jpg`` too, as in GLDv2's archives.

    Memory: 28 bytes a member, and some 50 more while it is built.
    """

    def __init__(self, names: Sequence[str], tables: Sequence[Members]) -> None:
        """Join the tables of tars."""
        self._names = names
        self._folders = [PurePosixPath(name).parent.name for name in names]
        lengths = [len(table) for table in tables]
        keys = _joined(tables, "key")
        order = np.argsort(keys, kind="stable")
        self._keys = keys[order]
        self._tars = np.repeat(np.arange(len(tables), dtype=np.int32), lengths)[order]
        self._starts = _joined(tables, "start")[order]
        self._sizes = _joined(tables, "size")[order]
        # An image is looked up three times: when it is announced, read and named.
        self.find = lru_cache(_REMEMBERED)(self._find)

    def _find(self, path: str) -> Place | None:
        """Return the place of a path, or None. Raises SourceError when two tars hold it."""
        rows = self._rows(path)
        folder, _, rest = path.partition("/")
        if rest:
            rows += [row for row in self._rows(rest) if self._folders[self._tars[row]] == folder]
        if len(rows) > 1:
            first, second = (self._names[self._tars[row]] for row in rows[:2])
            raise SourceError(f"{path}: both in {first} and in {second}; name one of them only")
        if not rows:
            return None
        (row,) = rows
        return Place(int(self._tars[row]), int(self._starts[row]), int(self._sizes[row]))

    def place_of(self, path: str) -> Place:
        """Return the place of a path. Raises DataError when no tar holds it."""
        place = self.find(path)
        if place is None:
            raise DataError(
                f"{self.name_of(path)}: no such file in the archive; expected the list's path, or "
                "what follows its first folder if the archive lies in a folder of that name"
            )
        return place

    def name_of(self, path: str) -> str:
        """Return the tar and the path; if no tar holds it, name the first and the last tar."""
        place = self.find(path)
        if place is not None:
            return f"{self._names[place.tar]}: {path}"
        several = f" ... {self._names[-1]}" if len(self._names) > 1 else ""
        return f"{self._names[0]}{several}: {path}"

    def _rows(self, path: str) -> list[int]:
        key = np.uint64(key_of(path))
        first, last = np.searchsorted(self._keys, key), np.searchsorted(self._keys, key, "right")
        return list(range(int(first), int(last)))


def _joined(tables: Sequence[Members], column: str) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.concatenate([table[column] for table in tables])
