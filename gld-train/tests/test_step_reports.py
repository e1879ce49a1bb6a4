"""Reports on steps: at once on the CPU, one step late on a GPU."""

from types import SimpleNamespace

import pytest
import torch
from gld_shared.errors import DataError
from gld_train.distributed import Ranks
from gld_train.step_reports import StepReports
from gld_train.step_result import UnreadResult


def reports_on(device):
    """Return reports of a run on a device, and the steps that its log holds."""
    ranks, logged = Ranks(0, 1, torch.device(device)), []
    job = SimpleNamespace(ranks=ranks, steps=9)
    log = SimpleNamespace(add=lambda step, *values: logged.append((step, *values[:4])))
    folder = SimpleNamespace(log=log)
    return StepReports(job, folder, lambda steps, text: None, None), logged


def add(reports, step, loss):
    total = torch.tensor([loss, 0.5])
    reports.add(step, 1, 32, UnreadResult(total, None, 0.01, reports.job.ranks))


def test_the_cpu_reports_at_once():
    reports, logged = reports_on("cpu")
    add(reports, 1, 8.0)
    assert logged == [(1, 1, 8.0, 0.5, 0.01)]


def test_a_gpu_reports_the_step_before():
    reports, logged = reports_on("cuda")
    add(reports, 1, 8.0)
    assert logged == []
    add(reports, 2, 4.0)
    assert logged == [(1, 1, 8.0, 0.5, 0.01)]
    reports.finish()
    assert logged == [(1, 1, 8.0, 0.5, 0.01), (2, 1, 4.0, 0.5, 0.01)]


def test_a_loss_that_is_not_finite():
    reports, logged = reports_on("cuda")
    add(reports, 1, float("nan"))
    with pytest.raises(DataError) as error:
        reports.finish()
    assert str(error.value) == (
        "step 1: the loss is nan; lower optim.lr, lengthen schedule.warmup, or set "
        "optim.precision to 'float32'"
    )
    assert logged == []
