"""Values for TensorBoard: loss and rates of every step, and the scores of validations."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gld_train.step_result import StepResult


class EventLog:
    """A folder that TensorBoard reads; steps count from 1."""

    def __init__(self, folder: Path, done: int) -> None:
        """Continue after step ``done``; later steps in the folder are hidden."""
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(folder), purge_step=done + 1)

    def add_step(self, step: int, result: StepResult, rate: float) -> None:
        """Log loss, accuracy, learning rate and images per second."""
        values = {
            "loss": result.loss,
            "accuracy": result.accuracy,
            "lr": result.lr,
            "images_per_second": rate,
        }
        for name, value in values.items():
            self._add(f"train/{name}", value, step)

    def add_score(self, step: int, score: float) -> None:
        """Log the mAP@100 of a validation."""
        self._add("validation/map@100", score, step)

    def flush(self) -> None:
        """Write buffered values, so that the log is complete up to the newest state."""
        self._writer.flush()

    def close(self) -> None:
        """Write buffered values, and close the log."""
        self._writer.close()

    def _add(self, tag: str, value: float, step: int) -> None:
        self._writer.add_scalar(tag, value, step)


@contextmanager
def event_log(folder: Path | None, done: int) -> Iterator[EventLog | None]:
    """Open the log for a block; None without a folder."""
    if folder is None:
        yield None
        return
    log = EventLog(folder, done)
    try:
        yield log
    finally:
        log.close()
