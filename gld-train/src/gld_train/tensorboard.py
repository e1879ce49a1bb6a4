"""What TensorBoard shows of a run: the values of every step, and the scores of validations."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gld_train.learner import StepResult


class Events:
    """A TensorBoard folder; steps count from 1."""

    def __init__(self, folder: Path, done: int) -> None:
        """Go on after step ``done``: later ones that stand there are taken back."""
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(folder), purge_step=done + 1)

    def add_step(self, step: int, result: StepResult, rate: float) -> None:
        """Loss, accuracy, learning rate, and images per second."""
        values = {
            "loss": result.loss,
            "accuracy": result.accuracy,
            "lr": result.lr,
            "images_per_second": rate,
        }
        for name, value in values.items():
            self._add(f"train/{name}", value, step)

    def add_score(self, step: int, score: float) -> None:
        """A validation's mAP@100."""
        self._add("validation/map@100", score, step)

    def flush(self) -> None:
        """Write what is still in memory: a run that is killed goes on after its newest state."""
        self._writer.flush()

    def close(self) -> None:
        """Write all, and end."""
        self._writer.close()

    def _add(self, tag: str, value: float, step: int) -> None:
        self._writer.add_scalar(tag, value, step)


@contextmanager
def events_in(folder: Path | None, done: int) -> Iterator[Events | None]:
    """The events of a block; none without a folder."""
    if folder is None:
        yield None
        return
    events = Events(folder, done)
    try:
        yield events
    finally:
        events.close()
