"""The run folder beside the output: the log, and the states from which training resumes."""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from gld_shared.errors import DataError
from gld_shared.files import open_output

from gld_train.earlier_settings import difference_from

KEPT = 2
COLUMNS = ("step", "epoch", "loss", "accuracy", "lr", "images_per_second")


@dataclass(frozen=True)
class RunFolder:
    """``RUN.run`` of an output ``RUN.safetensors``: private to gld-train, apart from log.tsv."""

    path: Path

    @classmethod
    def of(cls, output: Path) -> "RunFolder":
        """Return the folder of an output, without making it."""
        return cls(output.with_suffix(".run"))

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
        with open_output(self._settings) as stream:
            stream.write(json.dumps(settings, indent=1).encode())

    def _check_same(self, settings: dict[str, Any]) -> None:
        """Raise DataError unless the unfinished run has these settings."""
        try:
            earlier = json.loads(self._settings.read_text(encoding="utf-8"))
            if not isinstance(earlier, dict):
                raise ValueError("no JSON object")
        except (OSError, ValueError) as error:
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

    def save(self, step: int, state: dict[str, Any]) -> None:
        """Save a state atomically, and remove all but the newest two."""
        buffer = io.BytesIO()
        torch.save(state, buffer)
        with open_output(self.path / f"step-{step:09d}.pt") as stream:
            stream.write(buffer.getbuffer())
        for old in self.states()[:-KEPT]:
            old.unlink()

    def newest(self) -> dict[str, Any] | None:
        """Load the newest state on the CPU; None when there is none. Raises DataError on damage."""
        states = self.states()
        if not states:
            return None
        try:
            state: dict[str, Any] = torch.load(states[-1], map_location="cpu", weights_only=True)
        except Exception as error:  # damaged bytes raise errors of many types in torch
            outcome = "resume from the state before it" if states[1:] else "start again"
            raise DataError(
                f"{states[-1]}: a damaged state; move it out of the folder to {outcome}"
            ) from error
        return state

    def log_step(
        self, step: int, epoch: int, loss: float, accuracy: float, lr: float, rate: float
    ) -> None:
        """Append a row to the log; numbers are the shortest text that reads back unchanged."""
        row = f"{step}\t{epoch}\t{loss!r}\t{accuracy!r}\t{lr!r}\t{rate:.2f}\n"
        with self.log.open("a", encoding="utf-8") as stream:
            stream.write(row)

    def cut_log(self, step: int) -> None:
        """Remove the log's rows after ``step``: these steps are repeated."""
        rows = self.log.read_text(encoding="utf-8").splitlines()[1:] if self.log.exists() else []
        # The last row of a killed run may be truncated; its step is repeated too.
        kept = [row for row in rows if row.count("\t") == len(COLUMNS) - 1]
        kept = [row for row in kept if int(row.partition("\t")[0]) <= step]
        with open_output(self.log) as stream:
            stream.write(("\n".join(["\t".join(COLUMNS), *kept]) + "\n").encode())

    def clear_states(self) -> None:
        """Remove the states of a finished run; the log and the head are kept."""
        for state in self.states():
            state.unlink()
