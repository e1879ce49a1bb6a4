"""The run folder beside the output: the log, and the states from which training resumes."""

import logging
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gld_shared.checked_json import DamagedFileError, read_checked_json, write_checked_json
from gld_shared.errors import DataError
from gld_shared.files import open_output

from gld_train.earlier_settings import Recorded, difference_from
from gld_train.file_beginnings import beginnings_of, first_damaged
from gld_train.state_files import load_state, save_state

log = logging.getLogger(__name__)
KEPT = 2
COLUMNS = ("step", "epoch", "loss", "accuracy", "lr", "images_per_second")


def beside(output: Path, ending: str) -> Path:
    """Return the name of a file beside an output: ``X.run`` for ``X.safetensors``, and for ``X``.

    Only this ending is dropped: ``model.1`` and ``model.2`` are two runs.
    """
    return output.with_name(output.name.removesuffix(".safetensors") + ending)


@dataclass(frozen=True)
class RunFolder:
    """``RUN.run`` of an output ``RUN.safetensors``: private to gld-train, apart from log.tsv."""

    path: Path

    @classmethod
    def of(cls, output: Path) -> "RunFolder":
        """Return the folder of an output, without making it."""
        return cls(beside(output, ".run"))

    @property
    def lock(self) -> Path:
        """The file whose lock the first rank of a run holds."""
        return self.path / "lock"

    @property
    def log(self) -> Path:
        """One row per step: loss, accuracy, learning rate, images per second."""
        return self.path / "log.tsv"

    @property
    def curves(self) -> Path:
        """The plot of the log."""
        return self.path / "curves.png"

    @property
    def tensorboard(self) -> Path:
        """The folder that TensorBoard reads, with ``--tensorboard``."""
        return self.path / "tensorboard"

    def after_epoch(self, epoch: int) -> tuple[Path, Path]:
        """Return the paths of checkpoint and class vectors kept after an epoch."""
        stem = f"epoch-{epoch:03d}"
        return self.path / f"{stem}.safetensors", self.path / f"{stem}.head.safetensors"

    @property
    def head(self) -> Path:
        """The class vectors after the last step, for ``head.init`` of the next stage."""
        return self.path / "head.safetensors"

    @property
    def unreadable(self) -> Path:
        """The table of unreadable images, reasons and replacements; absent if there are none."""
        return self.unreadable_of(0)

    def unreadable_of(self, rank: int) -> Path:
        """Return the table of a rank's unreadable images."""
        return self.path / ("unreadable.tsv" if rank == 0 else f"unreadable.rank-{rank}.tsv")

    @property
    def _settings(self) -> Path:
        return self.path / "settings.json"

    def begin(self, settings: dict[str, Any], overwrite: bool) -> None:
        """Note the settings of the run that begins, or check that it is the one to resume.

        Raises DataError naming the differences if an unfinished run had other settings, or if its
        settings are damaged; with ``overwrite`` that run's states are removed instead.
        """
        if self.states():
            try:
                self._check_same(settings)
            except DataError:
                if not overwrite:
                    raise
                self.clear_states()
        write_checked_json(self._settings, settings)

    def has_damaged_settings(self) -> bool:
        """Return whether the settings are damaged; a missing file is the user's decision."""
        try:
            read_checked_json(self._settings, Recorded)
        except FileNotFoundError:
            return False
        except DamagedFileError:
            return True
        return False

    def restore_settings(self, settings: dict[str, Any]) -> None:
        """Write the settings of a finished run again, whose file is damaged."""
        log.warning("%s: damaged; written again", self._settings)
        write_checked_json(self._settings, settings)

    def _check_same(self, settings: dict[str, Any]) -> None:
        """Raise DataError unless the unfinished run has these settings."""
        try:
            earlier = read_checked_json(self._settings, Recorded)
        except (OSError, DamagedFileError) as error:
            raise DataError(
                f"{self._settings}: missing or damaged, so its unfinished run cannot be resumed; "
                "restore the file from a copy, choose another output, or start again with "
                "--overwrite"
            ) from error
        different = difference_from(earlier, settings)
        if different:
            raise DataError(
                f"{self.path}: holds an unfinished run with another {', '.join(different)}; "
                "repeat the first command to resume it, choose another output, or start again "
                "with --overwrite"
            )

    def states(self) -> list[Path]:
        """Return the saved states, oldest first."""
        return sorted(self.path.glob("step-*.pt"))

    def save(self, step: int, state: dict[str, Any], epochs: int = 0) -> None:
        """Save a state after complete ``epochs`` atomically; keep the newest two up to this step.

        The state holds the tables of unreadable images, and recognises the log and the kept epochs.
        """
        kept = [file for epoch in range(1, epochs + 1) for file in self.after_epoch(epoch)]
        tables = {file.name: file.read_bytes().decode() for file in self._unreadable_tables()}
        own = self.path / f"step-{step:09d}.pt"
        save_state(own, {**state, "files": beginnings_of([self.log, *kept]), "unreadable": tables})
        # A later state is a damaged one, from which this run did not resume.
        up_to_this = [file for file in self.states() if file.name <= own.name]
        for file in self.states():
            if file not in up_to_this[-KEPT:]:
                file.unlink()

    def newest(self, quiet: bool = False) -> dict[str, Any] | None:
        """Load the newest state that is whole, on the CPU; None when there is none.

        Warnings name the damaged files, unless ``quiet``. Raises DataError if states are whole, but
        the log or a kept epoch is damaged.
        """
        damaged: list[Path] = []
        for file in reversed(self.states()):
            state = load_state(file)
            broken = file if state is None else first_damaged(self.path, state.get("files", {}))
            if broken is None:
                self._warn(damaged, "training resumes from the state before it", quiet)
                return state
            damaged.append(broken)
        others = [file for file in damaged if file not in self.states()]
        if others:
            raise DataError(
                f"{others[0]}: damaged since it was written; restore it from a copy, move it away "
                "to resume without it, or start again with --overwrite"
            )
        self._warn(damaged, "no state before it is left, so training starts again", quiet)
        return None

    def _warn(self, damaged: list[Path], outcome: str, quiet: bool) -> None:
        for file in () if quiet else dict.fromkeys(damaged):
            log.warning("%s: damaged; %s", file, outcome)

    def restore(self, state: dict[str, Any]) -> None:
        """Restore the log and the tables of unreadable images as they were at a state.

        The steps after it are repeated.
        """
        beginning = state.get("files", {}).get(self.log.name)
        if beginning is None:
            self._cut_log(state["step"])
        elif self.log.exists():
            with self.log.open("r+b") as stream:
                stream.truncate(beginning["bytes"])
        else:
            log.warning("%s: missing; a new one begins after step %d", self.log, state["step"])
            self.begin_log()
        if "unreadable" in state:
            self.clear_unreadable()
            for name, text in state["unreadable"].items():
                with open_output(self.path / name) as stream:
                    stream.write(text.encode())

    def remove_unless_begun(self) -> None:
        """Remove what a run writes before its first step, unless a step is logged or saved."""
        if self.states() or self._has_rows():
            return
        for file in (self._settings, self.log):
            file.unlink(missing_ok=True)
        if self.tensorboard.is_dir():
            shutil.rmtree(self.tensorboard)

    def _has_rows(self) -> bool:
        if not self.log.exists():
            return False
        with self.log.open("rb") as stream:
            return len(stream.readlines(1 << 16)) > 1

    def clear_unreadable(self) -> None:
        """Remove the tables of unreadable images of an earlier run."""
        for table in self._unreadable_tables():
            table.unlink()

    def _unreadable_tables(self) -> list[Path]:
        return sorted(self.path.glob("unreadable*.tsv"))

    def log_step(
        self, step: int, epoch: int, loss: float, accuracy: float, lr: float, rate: float
    ) -> None:
        """Append a row to the log; numbers are the shortest text that reads back unchanged."""
        row = f"{step}\t{epoch}\t{loss!r}\t{accuracy!r}\t{lr!r}\t{rate:.2f}\n"
        with self.log.open("a", encoding="utf-8") as stream:
            stream.write(row)

    def begin_log(self, rows: Iterable[str] = ()) -> None:
        """Write a log of the columns' names and ``rows``."""
        with open_output(self.log) as stream:
            stream.write(("\n".join(["\t".join(COLUMNS), *rows]) + "\n").encode())

    def _cut_log(self, step: int) -> None:
        """Remove the log's rows after ``step``, for a state of an older release."""
        text = self.log.read_bytes().decode(errors="replace") if self.log.exists() else ""
        # The last row of a killed run may be truncated; its step is repeated too.
        rows = [row for row in text.splitlines()[1:] if row.count("\t") == len(COLUMNS) - 1]
        steps = [row.partition("\t")[0] for row in rows]
        kept = zip(rows, steps, strict=True)
        self.begin_log(row for row, number in kept if number.isdecimal() and int(number) <= step)

    def clear_states(self) -> None:
        """Remove the states of a finished run; the log and the head are kept."""
        for state in self.states():
            state.unlink()
