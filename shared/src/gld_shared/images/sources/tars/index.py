"""An index of many tars: the tar and the offset of each path, links followed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

import numpy as np

from gld_shared.errors import DataError
from gld_shared.images.read_file import refuse_too_large
from gld_shared.images.sources.base import SourceError
from gld_shared.images.sources.tars.headers import LINK, SPARSE, Members, key_of

_REMEMBERED = 1 << 13
_SPARSE = "stored as a sparse file; make the archive without tar --sparse"
# As many as Linux follows.
_LINKS_FOLLOWED = 40


@dataclass(frozen=True)
class Place:
    """The place of an image: the number of its tar, its first byte, and its size in bytes."""

    tar: int
    start: int
    size: int


@dataclass(frozen=True)
class Unreadable:
    """A sparse member, or a link that leads to no file: the number of its tar, and the reason."""

    tar: int
    reason: str


class TarIndex:
    """One index over many tars.

    A path is a member's name, and may begin with the name of the tar's folder: in a folder
    ``train``, the member ``0/1/2/x.jpg`` is ``train/0/1/2/x.jpg`` too, as in GLDv2's archives.
    Hard and symbolic links are followed, to folders too, and from one tar to another.

    Memory: 28 bytes a member, and some 50 more while it is built; the targets of the links.
    """

    def __init__(self, names: Sequence[str], tables: Sequence[Members]) -> None:
        """Join the tables of tars."""
        self._names = names
        self._folders = [PurePosixPath(name).parent.name for name in names]
        self._targets = [table.targets for table in tables]
        self._has_links = any(self._targets)
        lengths = [len(table.rows) for table in tables]
        keys = _joined(tables, "key")
        order = np.argsort(keys, kind="stable")
        self._keys = keys[order]
        self._tars = np.repeat(np.arange(len(tables), dtype=np.int32), lengths)[order]
        self._starts = _joined(tables, "start")[order]
        self._sizes = _joined(tables, "size")[order]
        # An image is looked up three times: when it is announced, read and named.
        self._look_up = lru_cache(_REMEMBERED)(self._look_up_once)

    def find(self, path: str) -> Place | None:
        """Return the place of a path, or None. Raises SourceError when two tars hold it."""
        found = self._look_up(path)
        return found if isinstance(found, Place) else None

    def place_of(self, path: str) -> Place:
        """Return the place of a path. Raises DataError when no tar holds it."""
        found = self._look_up(path)
        if isinstance(found, Unreadable):
            raise DataError(f"{self.name_of(path)}: {found.reason}")
        if found is None:
            raise DataError(
                f"{self.name_of(path)}: no such file in the archive; expected the list's path, or "
                "what follows its first folder if the archive lies in a folder of that name"
            )
        try:
            refuse_too_large(found.size)
        except DataError as error:
            raise DataError(f"{self.name_of(path)}: {error}") from error
        return found

    def name_of(self, path: str) -> str:
        """Return the tar and the path; if no tar holds it, name the first and the last tar."""
        found = self._look_up(path)
        if found is not None:
            return f"{self._names[found.tar]}: {path}"
        several = f" ... {self._names[-1]}" if len(self._names) > 1 else ""
        return f"{self._names[0]}{several}: {path}"

    def _look_up_once(self, path: str) -> Place | Unreadable | None:
        places = [(tar, path) for tar in self._tars_with(path)]
        folder, _, rest = path.partition("/")
        if rest:
            of_folder = (tar for tar in self._tars_with(rest) if self._folders[tar] == folder)
            places += [(tar, rest) for tar in of_folder]
        # Within one tar, the name as it stands comes before the name without the folder.
        tars = list(dict.fromkeys(tar for tar, _ in places))
        if len(tars) > 1:
            raise self._ambiguous(path, *tars[:2])
        return self._follow(*places[0]) if places else None

    def _follow(self, tar: int, name: str) -> Place | Unreadable:
        """Return the place of the member ``name`` of a tar, or of the file that it links to."""
        link = tar
        for _ in range(_LINKS_FOLLOWED):
            row = self._row(tar, name)
            if row is not None and self._starts[row] == SPARSE:
                return Unreadable(tar, _SPARSE)
            if row is not None and self._starts[row] != LINK:
                return Place(tar, int(self._starts[row]), int(self._sizes[row]))
            name = self._target(tar, name)
            tars = self._tars_with(name)
            if not tars:
                return Unreadable(link, _leads_nowhere(name))
            if tar not in tars and len(tars) > 1:
                raise self._ambiguous(name, *tars[:2])
            tar = tar if tar in tars else tars[0]
        return Unreadable(
            link, f"a link that leads through more than {_LINKS_FOLLOWED} others, or back to itself"
        )

    def _target(self, tar: int, name: str) -> str:
        """Replace the name of a link, or that of a folder that is a link, by the link's target."""
        whole = PurePosixPath(name)
        links = ((part, self._link(tar, part)) for part in (whole, *whole.parents))
        part, row = next((part, row) for part, row in links if row is not None)
        return str(PurePosixPath(self._targets[tar][self._sizes[row]]) / whole.relative_to(part))

    def _tars_with(self, name: str) -> list[int]:
        """Return the tars that hold a member of this name, else those that link to its folder."""
        rows = self._rows(name)
        if not rows and self._has_links:
            parents = PurePosixPath(name).parents
            found = (row for parent in parents for row in self._rows(str(parent)))
            rows = [row for row in found if self._starts[row] == LINK]
        return list(dict.fromkeys(int(self._tars[row]) for row in rows))

    def _row(self, tar: int, name: str) -> int | None:
        return next((row for row in self._rows(name) if self._tars[row] == tar), None)

    def _link(self, tar: int, path: PurePosixPath) -> int | None:
        row = self._row(tar, str(path))
        return row if row is not None and self._starts[row] == LINK else None

    def _rows(self, path: str) -> list[int]:
        key = np.uint64(key_of(path))
        first, last = np.searchsorted(self._keys, key), np.searchsorted(self._keys, key, "right")
        return list(range(int(first), int(last)))

    def _ambiguous(self, path: str, first: int, second: int) -> SourceError:
        return SourceError(
            f"{path}: both in {self._names[first]} and in {self._names[second]}; "
            "name one of them only"
        )


def _leads_nowhere(target: str) -> str:
    outside = target.partition("/")[0] in {"", ".."}
    return (
        f"a link to {target}, {'outside' if outside else 'which is not a file in'} the archive; "
        "make the archive with tar --dereference, which stores files instead of links"
    )


def _joined(tables: Sequence[Members], column: str) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.concatenate([table.rows[column] for table in tables])
