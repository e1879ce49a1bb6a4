"""Reports on the steps of a run: the log, the event files and the progress bar."""

import logging
import math
import time
from collections import deque
from dataclasses import dataclass, field

from gld_shared.errors import DataError
from gld_shared.progress import Advance

from gld_train.job import Job
from gld_train.run_folder.folder import RunFolder
from gld_train.step_result import StepResult, UnreadResult
from gld_train.tensorboard import EventLog

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Taken:
    step: int
    epoch: int
    size: int
    result: UnreadResult


@dataclass
class StepReports:
    """Reports steps in their order; on a GPU one step late.

    A GPU computes a step while the result of the one before is read: reading at once would leave
    it idle until the next step's first operations arrive.
    """

    job: Job
    folder: RunFolder
    advance: Advance
    events: EventLog | None
    _unread: deque[_Taken] = field(default_factory=deque)
    _reported: float = field(default_factory=time.perf_counter)

    def add(self, step: int, epoch: int, size: int, result: UnreadResult) -> None:
        """Report a step of ``size`` images, or the one before it.

        Raises DataError at a loss that is not finite.
        """
        self._unread.append(_Taken(step, epoch, size, result))
        on_gpu = self.job.ranks.device.type == "cuda"
        self._read_all_but(1 if on_gpu else 0)

    def finish(self) -> None:
        """Report all steps. Raises DataError as ``add`` does."""
        self._read_all_but(0)

    def _read_all_but(self, count: int) -> None:
        while len(self._unread) > count:
            taken = self._unread.popleft()
            result = taken.result.read()
            check_finite(result.loss, f"step {taken.step}")
            now = time.perf_counter()
            rate, self._reported = taken.size / (now - self._reported), now
            self._report(taken.step, taken.epoch, result, rate)

    def _report(self, step: int, epoch: int, result: StepResult, rate: float) -> None:
        if self.job.ranks.is_first:
            self.folder.log.add(step, epoch, result.loss, result.accuracy, result.lr, rate)
        if self.events is not None:
            self.events.add_step(step, result, rate)
        values = f"loss {result.loss:.4f} accuracy {result.accuracy:.3f} lr {result.lr:.2e}"
        log.info("epoch %d step %d/%d %s, %.1f images/s", epoch, step, self.job.steps, values, rate)
        self.advance(1, f"{values} {rate:.1f} images/s")


def check_finite(loss: float, when: str) -> None:
    """Raise DataError for a loss that is not finite."""
    if not math.isfinite(loss):
        raise DataError(
            f"{when}: the loss is {loss}; lower optim.lr, lengthen schedule.warmup, or set "
            "optim.precision to 'float32'"
        )
