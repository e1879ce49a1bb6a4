"""The names of a run folder's files, and the states from which training resumes."""

import logging
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gld_shared.errors import DataError
from gld_shared.files import open_output

from gld_train.run_folder.file_beginnings import beginnings_of, first_damaged
from gld_train.run_folder.settings import RunSettings
from gld_train.run_folder.state_files import load_state, save_state
from gld_train.run_folder.step_log import StepLog

log = logging.getLogger(__name__)
KEPT = 2


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
    def log(self) -> StepLog:
        """The log, which users read."""
        return StepLog(self.path / "log.tsv")

    @property
    def settings(self) -> RunSettings:
        """The settings of the run that the folder belongs to."""
        return RunSettings(self.path / "settings.json")

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

    def begin(self, settings: dict[str, Any], overwrite: bool) -> None:
        """Note the settings of the run that begins, or check that it is the one to resume.

        Raises DataError naming the differences if an unfinished run had other settings, or if its
        settings are damaged; with ``overwrite`` that run's states are removed instead.
        """
        if self.states():
            try:
                self.settings.check_same(settings)
            except DataError:
                if not overwrite:
                    raise
                self.clear_states()
        self.settings.write(settings)

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
        files = beginnings_of([self.log.file, *kept])
        save_state(own, {**state, "files": files, "unreadable": tables})
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
        beginning = state.get("files", {}).get(self.log.file.name)
        self.log.restore(state["step"], None if beginning is None else beginning["bytes"])
        if "unreadable" in state:
            self.clear_unreadable()
            for name, text in state["unreadable"].items():
                with open_output(self.path / name) as stream:
                    stream.write(text.encode())

    def remove_unless_begun(self) -> None:
        """Remove what a run writes before its first step, unless a step is logged or saved."""
        if self.states() or self.log.has_rows():
            return
        for file in (self.settings.file, self.log.file):
            file.unlink(missing_ok=True)
        if self.tensorboard.is_dir():
            shutil.rmtree(self.tensorboard)

    def clear_unreadable(self) -> None:
        """Remove the tables of unreadable images of an earlier run."""
        for table in self._unreadable_tables():
            table.unlink()

    def _unreadable_tables(self) -> list[Path]:
        return sorted(self.path.glob("unreadable*.tsv"))

    def clear_states(self) -> None:
        """Remove the states of a finished run; the log and the head are kept."""
        for state in self.states():
            state.unlink()
