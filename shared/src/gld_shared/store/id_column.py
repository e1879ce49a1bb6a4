"""The ids of a store in memory: text in buffers, never as many Python objects."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple, overload

import numpy as np
import numpy.typing as npt
import polars as pl

from gld_shared.search.blocks import Rows
from gld_shared.store.distinct_rows import distinct_rows
from gld_shared.store.strings import Hashes, Strings, hashes_of, strings_of

# The most ids that are Python objects at once.
SLICE = 1 << 16
# The most bytes of text in a slice, which each thread that looks ids up copies.
_SLICE_BYTES = 1 << 22
# Ids of a slice that are decoded one by one.
_FEW = 1 << 10
# Names that ``rows_of`` looks up in one pass through the ids.
_LOOKED_UP = 1 << 18
# Bits of a hash that tell most ids apart, as a mask.
_LOW_BITS = (1 << 20) - 1
Whole = npt.NDArray[np.uint32]


class _Slice(NamedTuple):
    """Some ids: their text, where each ends in it (m + 1,) after a first 0, their hashes (m,)."""

    text: bytes
    ends: Whole
    hashes: Hashes

    def names(self, rows: Rows) -> pl.Series:
        starts, ends = self.ends[rows], self.ends[rows + 1]
        if len(rows) <= _FEW:
            places = zip(starts.tolist(), ends.tolist(), strict=True)
            return pl.Series(
                [self.text[start:end].decode() for start, end in places], dtype=pl.String
            )
        name = pl.lit(self.text).bin.slice(pl.col("start"), pl.col("length"))
        table = pl.DataFrame({"start": starts, "length": ends - starts})
        return table.select(name.cast(pl.String)).to_series().alias("")


class IdColumn(Sequence[str]):
    """Ids in row order. Memory: their text, and 8 bytes for each."""

    def __init__(self, slices: Sequence[_Slice]) -> None:
        """Use ``id_column``, ``column_of_strings`` or ``joined``."""
        self._slices = slices
        counts = [len(each.hashes) for each in slices]
        self._starts = np.cumsum([0, *counts])

    def __len__(self) -> int:
        """Count the ids."""
        return int(self._starts[-1])

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> list[str]: ...
    def __getitem__(self, row: int | slice) -> str | list[str]:
        """Return the id of a row, or a list of the ids of a slice."""
        if isinstance(row, slice):
            return self.take(np.array(range(len(self))[row], np.int64)).to_list()
        return str(self.take(np.array([range(len(self))[row]], np.int64))[0])

    def __iter__(self) -> Iterator[str]:
        """Iterate over the ids, in row order."""
        every = (each.names(np.arange(len(each.hashes))) for each in self._slices)
        return chain.from_iterable(names.to_list() for names in every)

    def take(self, rows: Rows) -> pl.Series:
        """Return the ids of any rows (m,), as strings (m,)."""
        distinct, places = distinct_rows(rows, len(self))
        cuts = np.searchsorted(distinct, self._starts)
        found = [pl.Series(dtype=pl.String)]
        for each, start, first, last in zip(
            self._slices, self._starts, cuts, cuts[1:], strict=False
        ):
            if first < last:
                found.append(each.names(distinct[first:last] - start))
        return pl.concat(found).gather(places)

    def rows_of(self, names: Sequence[str] | pl.Series) -> Rows:
        """Return the row of each name (m,), -1 = none."""
        found = [
            self._rows_of(pl.Series(names[first : first + _LOOKED_UP], dtype=pl.String))
            for first in range(0, len(names), _LOOKED_UP)
        ]
        return np.concatenate([np.empty(0, np.int64), *found])

    def equals(self, other: "IdColumn") -> bool:
        """Return whether another column has the same ids in the same order."""
        if self is other:
            return True
        if len(self) != len(other):
            return False
        if self._starts.tolist() == other._starts.tolist():
            return all(map(_same_names, self._slices, other._slices))
        parts = range(0, len(self), SLICE)
        return all(self[at : at + SLICE] == other[at : at + SLICE] for at in parts)

    def equals_names(self, names: pl.Series) -> bool:
        """Return whether strings are these ids in the same order. Memory: the text of a slice."""
        if len(names) != len(self) or names.null_count():
            return False
        for start, each in zip(self._starts, self._slices, strict=False):
            part = strings_of(names.slice(int(start), len(each.hashes)))
            if not np.array_equal(each.ends, part.ends) or each.text != part.text:
                return False
        return True

    @property
    def longest(self) -> int:
        """The bytes of the longest id, 0 = no ids."""
        return max((int(np.diff(each.ends).max()) for each in self._slices), default=0)

    def first_empty(self) -> int | None:
        """Find the first row whose id is empty."""
        for start, each in zip(self._starts, self._slices, strict=False):
            empty = np.flatnonzero(each.ends[1:] == each.ends[:-1])
            if len(empty):
                return int(start + empty[0])
        return None

    def first_repeat(self) -> tuple[int, int] | None:
        """Find the first row whose id an earlier row has: the earlier row, and this one."""
        hashes = np.concatenate([np.empty(0, np.uint32), *(each.hashes for each in self._slices)])
        hashes.sort()
        repeated = np.unique(hashes[1:][hashes[1:] == hashes[:-1]])
        if not len(repeated):
            return None
        rows = np.concatenate(
            [
                start + np.flatnonzero(np.isin(each.hashes, repeated))
                for start, each in zip(self._starts, self._slices, strict=False)
            ]
        )
        names = self.take(rows)
        again = ~names.is_first_distinct()
        if not again.any():
            return None
        place = int(again.arg_max() or 0)
        first = int((names == names[place]).arg_max() or 0)
        return int(rows[first]), int(rows[place])

    def _rows_of(self, names: pl.Series) -> Rows:
        """Look up names; the hashes of ids may collide, so ids are compared."""
        hashes = hashes_of(strings_of(names))
        order = np.argsort(hashes, kind="stable")
        ordered = hashes[order]
        # Most ids are told to be none of the names by some bits of their hash.
        low_bits = np.zeros(_LOW_BITS + 1, np.bool_)
        low_bits[hashes & _LOW_BITS] = True
        rows = np.full(len(names), -1, np.int64)
        for start, each in zip(self._starts, self._slices, strict=False):
            likely = np.flatnonzero(low_bits[each.hashes & _LOW_BITS])
            first = np.searchsorted(ordered, each.hashes[likely], "left")
            counts = np.searchsorted(ordered, each.hashes[likely], "right") - first
            places = np.repeat(np.arange(len(counts)), counts)
            within = np.arange(len(places)) - np.repeat(np.cumsum(counts) - counts, counts)
            wanted = order[first[places] + within]
            own = likely[places]
            same = (each.names(own) == names.gather(wanted)).to_numpy()
            rows[wanted[same]] = start + own[same]
        return rows


def id_column(parts: Iterable[Sequence[str] | pl.Series]) -> IdColumn:
    """Return the column of ids that come in parts, each of which is held only while it is added."""
    return column_of_strings(
        strings_of(names[first : first + SLICE])
        for names in (pl.Series(part, dtype=pl.String) for part in parts)
        for first in range(0, len(names), SLICE)
    )


def column_of_strings(parts: Iterable[Strings]) -> IdColumn:
    """Return the column of ids in buffers; see ``id_column``."""
    return IdColumn(
        [_slice_of(piece) for part in parts for piece in part.pieces(SLICE, _SLICE_BYTES)]
    )


def joined(columns: Iterable[IdColumn]) -> IdColumn:
    """Return columns one after the other as one, without copying them."""
    return IdColumn([each for column in columns for each in column._slices])


def _same_names(some: _Slice, others: _Slice) -> bool:
    return some.text == others.text and np.array_equal(some.ends, others.ends)


def _slice_of(strings: Strings) -> _Slice:
    text, ends = strings
    if ends[-1] > np.iinfo(np.uint32).max:
        raise ValueError(
            f"{len(ends) - 1} ids have {ends[-1]:,} bytes of text, expected short names"
        )
    return _Slice(text, ends.astype(np.uint32), hashes_of(strings))
