"""Unreadable images: an error, or noted and dropped when the store is finished."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from gld_shared.checked_json import read_checked_json, write_checked_json
from gld_shared.errors import DataError
from gld_shared.images.unreadable import (
    refuse_empty,
    skip_or_refuse,
    skipped_table,
    write_skipped,
)
from gld_shared.progress import Advance
from gld_shared.store import StoreWriter
from gld_shared.text_encoding import shown
from gld_shared.work.units import Unit

from gld_embed.drop_rows import drop_rows
from gld_embed.images.decoder import Decoder, Image, UnreadableImage
from gld_embed.job import NOTES, Job

log = logging.getLogger(__name__)
Reasons = Mapping[int, str]


class UnreadableImages:
    """The unreadable images of an unfinished store.

    The first one is an error, unless the job skips them. Then the rows of a unit's unreadable
    images, and the reasons, are noted in a file of ``folder`` until the store is finished. The note
    is written before the unit. A note without its unit counts for nothing: it may be left from a
    store that was removed.
    """

    def __init__(self, job: Job, folder: Path, store: StoreWriter) -> None:
        """Keep the notes in ``folder``, which exists."""
        self._job = job
        self._folder = folder
        self._store = store
        self._outdated: dict[int, Reasons | None] = {}

    def sift(
        self, unit: Unit, images: Iterable[Image | UnreadableImage], advance: Advance
    ) -> Iterator[Image]:
        """Yield a unit's readable images, then note the unreadable ones.

        Raises DataError at the first unreadable image, unless the job skips them.
        """
        reasons: dict[int, str] = {}
        for image in images:
            if isinstance(image, Image):
                yield image
                continue
            self._skip_or_refuse(image.row, image.error)
            reasons[image.row] = shown(" ".join(str(image.error).split()))
            advance(1)
        note = self._note(unit.number)
        if not reasons:
            note.unlink(missing_ok=True)
            return
        write_checked_json(note, {str(row): why for row, why in reasons.items()})

    def look_again(self, decoder: Decoder) -> None:
        """Try the images noted by an earlier run; units whose images are fixed are outdated.

        So are units whose note is damaged. Raises DataError at the first image that is still
        unreadable, unless the job skips them.
        """
        found = self._read_all()
        for number in (number for number, reasons in found.items() if reasons is None):
            log.warning("%s: damaged; its images are embedded again", self._note(number))
            self._outdated[number] = None
        noted = {number: reasons for number, reasons in found.items() if reasons is not None}
        rows = [Unit(number, range(row, row + 1)) for number in noted for row in noted[number]]
        for image in decoder.images(rows):
            if isinstance(image, Image):
                self._outdated[image.unit.number] = noted[image.unit.number]
            elif not self._job.skip_unreadable:
                self._skip_or_refuse(image.row, image.error)

    def is_outdated(self, number: int) -> bool:
        """Return whether a unit must be done again, and no process has done so since."""
        return number in self._outdated and self._read(number) == self._outdated[number]

    def finish(self) -> None:
        """Write the table of the noted rows, and finish the complete store without them.

        Raises DataError if no row is left.
        """
        reasons: dict[int, str] = {}
        for number, noted in self._read_all().items():
            if noted is None:
                raise DataError(f"{self._note(number)}: damaged; run the command again")
            reasons |= noted
        if not self._job.skip_unreadable:
            # A process that skips images may have worked on the same store.
            for row, why in reasons.items():
                self._skip_or_refuse(row, why)
            self._store.finish()
            return
        skipped = sorted(reasons)
        self._write_table(skipped, [reasons[row] for row in skipped])
        drop_rows(self._store, skipped, self._job.rows["id"], self._job.attributes)

    def _write_table(self, skipped: list[int], reasons: list[str]) -> None:
        rows, total = self._job.rows[skipped], len(self._job.rows)
        refuse_empty(reasons, total)
        table = skipped_table(self._job.output)
        write_skipped(table, rows, reasons, self._job.attributes.get("history", []))
        if reasons:
            log.warning("%d of %d images left out, see %s", len(reasons), total, table)

    def _skip_or_refuse(self, row: int, reason: object) -> None:
        skip_or_refuse(self._job.rows["id"][row], reason, self._job.skip_unreadable)

    def _note(self, number: int) -> Path:
        return self._folder / f"unreadable-{number}.json"

    def _read(self, number: int) -> Reasons | None:
        """Return the reasons in a unit's note, by row; none without a note, None if it is damaged.

        The note of another list, which is not this store's, is damaged too.
        """
        try:
            noted = read_checked_json(self._note(number), dict[str, str])
            reasons = {int(row): reason for row, reason in noted.items()}
        except FileNotFoundError:
            return {}
        except ValueError:  # DamagedFileError, or a row that is no number
            return None
        return reasons if reasons.keys() <= set(self._store.rows_of(number)) else None

    def _read_all(self) -> dict[int, Reasons | None]:
        files = self._folder.glob(NOTES)
        numbers = sorted(int(file.stem.removeprefix("unreadable-")) for file in files)
        complete = (number for number in numbers if number < self._store.chunks)
        return {number: self._read(number) for number in complete if self._store.has_chunk(number)}
