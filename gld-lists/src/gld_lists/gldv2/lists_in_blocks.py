"""Lists of millions of images in a compact form, expanded to a list's columns block by block.

All columns of a row follow from the image's id and landmark. Expanded as a whole they would take
many times the memory, and more time than blocks that fit the CPU's cache.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
from gld_shared.tables import LIST

from gld_lists.gldv2.official_csv import image_path

_BLOCK_ROWS = 100_000


@dataclass(frozen=True, eq=False)
class Images:
    """Rows of a list, for images below one folder.

    ``rows`` has the columns ``id``, ``clean`` and ``place``: the row of ``places`` with the image's
    ``label``, ``landmark`` and, if known, ``country`` and ``continent``.
    """

    folder: str
    rows: pl.DataFrame
    places: pl.DataFrame

    def filter(self, kept: pl.Series) -> "Images":
        """Keep the images of some places; ``kept`` has a boolean for each place."""
        return Images(self.folder, self.rows.filter(kept.gather(self.rows["place"])), self.places)

    def blocks(self) -> Iterator[pl.DataFrame]:
        """Yield the columns of a list, in at least one block."""
        for start in range(0, max(1, self.rows.height), _BLOCK_ROWS):
            rows = self.rows.slice(start, _BLOCK_ROWS)
            places = self.places[rows["place"]]
            wide = rows.with_columns(image_path(self.folder).alias("path"), *places.get_columns())
            yield wide.select(column for column in LIST.columns if column in wide.columns)


@dataclass(frozen=True)
class ImageList:
    """A list in parts, which several lists may share."""

    parts: tuple[Images, ...]

    def blocks(self) -> Iterator[pl.DataFrame]:
        """Yield the columns of a list, part after part."""
        for part in self.parts:
            yield from part.blocks()

    def frame(self) -> pl.DataFrame:
        """Return the whole list as a data frame."""
        return pl.concat(self.blocks())

    @property
    def height(self) -> int:
        """The number of rows."""
        return sum(part.rows.height for part in self.parts)
