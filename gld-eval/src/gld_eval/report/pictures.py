"""The pictures of a report: from which sources, and in how many bytes."""

from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from gld_shared.errors import DataError, first_few
from gld_shared.files import display_name
from gld_shared.progress import Advance, silent

from gld_eval.report.gallery import Gallery
from gld_eval.report.listed_images import OPTION, ListedImages

# The page's other parts need far less than the 2 MB up to 20 MB.
MOST_BYTES = 18_000_000


@dataclass(frozen=True)
class PictureOptions:
    """Where images are, and how they are read.

    ``images`` is a source (see ``open_source``), ``query_images`` that of the queries if they have
    another. Unreadable images that are skipped have no picture.
    """

    images: str
    query_images: str | None = None
    workers: int = 1
    skip_unreadable: bool = False


def make_pictures(
    gallery: Gallery, listed: ListedImages, options: PictureOptions, advance: Advance = silent
) -> dict[str, bytes]:
    """Make a WebP of each image of the gallery that is in a list, by id; see ``make_thumbnails``.

    All together, with the gallery's text, fit into ``MOST_BYTES``. Raises DataError when packages
    that read images are not installed, and for a query or a result that no list holds.
    """
    try:
        from gld_shared.images.boxes import box_of
        from gld_shared.images.sources import open_source

        from gld_eval.report.thumbnails import WantedImage, make_thumbnails
    except ImportError as error:
        raise DataError(
            f"--images: the packages that read images are not installed ({error}); pip install "
            "'gld-eval[images]'"
        ) from error
    _refuse_unlisted(gallery, listed)
    queries = {query.id for query in gallery.queries}
    rows = pl.DataFrame({"id": pl.Series(gallery.images, dtype=pl.String)}).join(
        listed.rows, on="id", maintain_order="left"
    )
    with TemporaryDirectory(prefix="gld-eval-") as work, ExitStack() as stack:
        images = stack.enter_context(closing(open_source(options.images, Path(work))))
        of_queries = images
        if options.query_images is not None and options.query_images != options.images:
            of_queries = stack.enter_context(closing(open_source(options.query_images, Path(work))))
        wanted = [
            WantedImage(image, path, box_of(rows, row), of_queries if image in queries else images)
            for row, (image, path) in enumerate(rows.select("id", "path").iter_rows())
        ]
        return make_thumbnails(
            wanted, _bytes_left(gallery), options.workers, options.skip_unreadable, advance
        )


def _bytes_left(gallery: Gallery) -> int:
    """Return the bytes for pictures, which base64 makes 4/3 as many."""
    return max(0, MOST_BYTES - len(gallery.json({}).encode())) * 3 // 4


def _refuse_unlisted(gallery: Gallery, listed: ListedImages) -> None:
    """Raise DataError for a query or a result that no list holds; a positive may not be listed."""
    known = set(listed.rows["id"])
    shown = {query.id: None for query in gallery.queries}
    shown |= {result.image: None for query in gallery.queries for result in query.results}
    missing = [image for image in shown if image not in known]
    if missing:
        names = first_few([display_name(table.path) for table in listed.tables])
        raise DataError(
            f"{names}: {len(missing)} of the report's {len(shown)} images are not listed, for "
            f"example {missing[0]!r}; name the lists of both queries and index with {OPTION}"
        )
