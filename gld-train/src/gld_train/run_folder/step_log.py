"""The log of a run: a row per step."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gld_shared.files import open_output

log = logging.getLogger(__name__)
COLUMNS = ("step", "epoch", "loss", "accuracy", "lr", "images_per_second")


@dataclass(frozen=True)
class StepLog:
    """``log.tsv``: one row per step: loss, accuracy, learning rate, images per second."""

    file: Path

    def begin(self, rows: Iterable[str] = ()) -> None:
        """Write a log of the columns' names and ``rows``."""
        with open_output(self.file) as stream:
            stream.write(("\n".join(["\t".join(COLUMNS), *rows]) + "\n").encode())

    def add(
        self, step: int, epoch: int, loss: float, accuracy: float, lr: float, rate: float
    ) -> None:
        """Append a row; numbers are the shortest text that reads back unchanged."""
        row = f"{step}\t{epoch}\t{loss!r}\t{accuracy!r}\t{lr!r}\t{rate:.2f}\n"
        with self.file.open("a", encoding="utf-8") as stream:
            stream.write(row)

    def has_rows(self) -> bool:
        """Return whether a step is logged."""
        if not self.file.exists():
            return False
        with self.file.open("rb") as stream:
            return len(stream.readlines(1 << 16)) > 1

    def restore(self, step: int, size: int | None) -> None:
        """Restore the log as it was after ``step``, of ``size`` bytes.

        The states of older releases do not record the size; the log's rows are read for it.
        """
        if size is None:
            self._cut_after(step)
        elif self.file.exists():
            with self.file.open("r+b") as stream:
                stream.truncate(size)
        else:
            log.warning("%s: missing; a new one begins after step %d", self.file, step)
            self.begin()

    def _cut_after(self, step: int) -> None:
        """Remove the rows after ``step``."""
        text = self.file.read_bytes().decode(errors="replace") if self.file.exists() else ""
        # The last row of a killed run may be truncated; its step is repeated too.
        rows = [row for row in text.splitlines()[1:] if row.count("\t") == len(COLUMNS) - 1]
        steps = [row.partition("\t")[0] for row in rows]
        kept = zip(rows, steps, strict=True)
        self.begin(row for row, number in kept if number.isdecimal() and int(number) <= step)
