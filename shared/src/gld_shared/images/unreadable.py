"""Skipping unreadable images: the error, the warning for each, and the table of skipped images."""

import logging
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl

from gld_shared.errors import DataError, EmptyResult
from gld_shared.provenance import History
from gld_shared.tables import UNREADABLE, read_table, write_table
from gld_shared.text_encoding import shown

log = logging.getLogger(__name__)
_ENDING = re.compile(r"(?<=.)\.(tsv|tsv\.gz|tsv\.zst|zarr)$")


def skip_or_refuse(image: str, reason: object, skip: bool) -> None:
    """Warn that the image with this id is skipped. Raises DataError naming it unless ``skip``."""
    if not skip:
        raise DataError(f"{reason} (id {image}); --skip-unreadable leaves such images out")
    log.warning("left out: %s (id %s)", reason, image)


def refuse_empty(reasons: Sequence[str], images: int) -> None:
    """Raise EmptyResult if all images were skipped; ``reasons`` has one per skipped image."""
    if images and len(reasons) == images:
        raise EmptyResult(f"none of the {images} images can be read, the first: {reasons[0]}")


def skipped_table(output: Path, why: str = "unreadable") -> Path:
    """Return the path of the table beside an output, a store X.zarr, a list X.tsv or a folder X.

    The table is ``X.<why>.tsv``, also beside a compressed list X.tsv.gz or X.tsv.zst.
    """
    named = output if output.name else output.resolve()
    return named.with_name(f"{_ENDING.sub('', named.name)}.{why}.tsv")


def write_skipped(
    table: Path, rows: pl.DataFrame, reasons: Iterable[str], history: History
) -> None:
    """Write the table of the skipped rows of a list, each with its reason on one line."""
    lines = pl.Series([shown(" ".join(reason.split())) for reason in reasons], dtype=pl.String)
    write_table(table, UNREADABLE, rows.with_columns(reason=lines), {"history": history})


def read_skipped(output: Path) -> list[str]:
    """Return the ids that were skipped when an output was made."""
    table = skipped_table(output)
    return read_table(table, UNREADABLE).rows["id"].to_list() if table.exists() else []
