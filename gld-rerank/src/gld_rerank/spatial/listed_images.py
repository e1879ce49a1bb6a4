"""The images of stores: where each is found, by the lists that the stores were made from."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

import polars as pl
from gld_shared.errors import DataError
from gld_shared.images.lists import Lists, read_lists
from gld_shared.images.recorded_lists import recorded_lists, refuse_changed
from gld_shared.store.parts import AnyStore
from gld_shared.tables.kinds import BOX

_ENDINGS = (".gz", ".zst", ".tsv")


@dataclass(frozen=True)
class ListedImages:
    """Lists of images, and the source that their paths are relative to (see ``open_source``).

    ``store`` names the store whose images they are, and ``option`` the option that names lists.
    """

    lists: Lists
    images: str
    store: str
    option: str

    @property
    def place(self) -> str:
        """The source of the images by its full name; a URL without passwords and signatures."""
        if "://" not in (images := self.images.removeprefix("file://")):
            return str(Path(images).resolve())
        url = urlsplit(images)
        host = url.netloc.rpartition("@")[2]
        return f"{url.scheme}://{host}{url.path}".rstrip("/")

    @cached_property
    def digest(self) -> str:
        """The sha256 of ids, paths and boxes: other columns do not matter to keypoints."""
        rows = self.lists.rows
        parts = rows.select(pl.col(c) for c in ("id", "path", *BOX) if c in rows.columns)
        found = hashlib.sha256()
        for block in parts.iter_slices(1 << 16):
            found.update(block.write_csv(include_header=False, quote_style="always").encode())
        return found.hexdigest()

    @property
    def path(self) -> str:
        """The path of the first list."""
        return self.lists.tables[0].path

    @property
    def name(self) -> str:
        """The name of the first list without its endings, such as ``index``."""
        name = Path(self.path).name
        for ending in _ENDINGS:
            name = name.removesuffix(ending)
        return name

    def find(self, ids: Sequence[str] | pl.Series) -> pl.DataFrame:
        """Find images by id: a row for each, in that order.

        Columns: ``row`` (in the lists), ``id``, ``path`` and any box. Raises DataError naming the
        first id that no list holds.
        """
        wanted = pl.DataFrame({"id": pl.Series(ids, dtype=pl.String)})
        numbered = self.lists.rows.with_row_index("row")
        found = wanted.join(numbered, on="id", how="left", maintain_order="left")
        missing = found.filter(pl.col("row").is_null())
        if len(missing):
            raise DataError(
                f"{self.path}: lacks {missing['id'][0]!r}, which {self.store} holds; name the list "
                f"of its images with {self.option}"
            )
        return found.with_columns(pl.col("row").cast(pl.Int64))


def listed_images(store: AnyStore, lists: Sequence[str], images: str, option: str) -> ListedImages:
    """Read the lists of a store's images: ``lists``, or by default those that the store names.

    Raises DataError when these cannot be read, or have changed since the store was made.
    """
    if lists:
        return ListedImages(read_lists(lists), images, str(store.path), option)
    recorded = recorded_lists([store], option)
    try:
        found = read_lists(list(dict.fromkeys(each.path for each in recorded)))
    except DataError as error:
        raise DataError(
            f"{error}; {store.path} was made from it, so restore it, or name a copy with {option}"
        ) from error
    refuse_changed(recorded, found.tables, option)
    return ListedImages(found, images, str(store.path), option)
