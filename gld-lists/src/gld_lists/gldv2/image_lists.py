"""Lists of millions of images: held narrow, and made wide block by block as they are read.

What a list says of an image follows from its id and its landmark, so whole columns of it would take
many times the memory of what they are made from, and more time than blocks that stay in the cache.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
from gld_shared.tables import LIST

from gld_lists.gldv2.metadata import image_path

_BLOCK_ROWS = 100_000


@dataclass(frozen=True, eq=False)
class Images:
    """Rows of a list, of images that lie below one folder.

    ``rows`` has ``id``, ``clean`` and ``place``, which is the row of ``places`` that holds the
    image's ``label``, ``landmark`` and, if they are known, ``country`` and ``continent``.
    """

    folder: str
    rows: pl.DataFrame
    places: pl.DataFrame

    def filter(self, kept: pl.Series) -> "Images":
        """The images whose place is one of those that are ``kept`` (booleans)."""
        return Images(self.folder, self.rows.filter(kept.gather(self.rows["place"])), self.places)

    def blocks(self) -> Iterator[pl.DataFrame]:
        """The columns of a list; one block at least."""
        for start in range(0, max(1, self.rows.height), _BLOCK_ROWS):
            rows = self.rows.slice(start, _BLOCK_ROWS)
            places = self.places[rows["place"]]
            wide = rows.with_columns(image_path(self.folder).alias("path"), *places.get_columns())
            yield wide.select(column for column in LIST.columns if column in wide.columns)


@dataclass(frozen=True)
class ImageList:
    """A list in parts, which other lists may share."""

    parts: tuple[Images, ...]

    def blocks(self) -> Iterator[pl.DataFrame]:
        """The columns of a list, part after part."""
        for part in self.parts:
            yield from part.blocks()

    def frame(self) -> pl.DataFrame:
        """The whole list."""
        return pl.concat(self.blocks())

    @property
    def height(self) -> int:
        """The number of rows."""
        return sum(part.rows.height for part in self.parts)
