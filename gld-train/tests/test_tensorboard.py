"""The values that TensorBoard reads, for interrupted runs too."""

import numpy as np
import pytest
from gld_shared.errors import DataError
from gld_shared.testing import run
from gld_train.learner import Learner
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

OF_STEPS = {"loss": 2, "accuracy": 3, "lr": 4}


def events(folder):
    accumulator = EventAccumulator(str(folder / "tensorboard"), size_guidance={"scalars": 0})
    accumulator.Reload()
    return {
        tag: [(event.step, event.value) for event in accumulator.Scalars(tag)]
        for tag in accumulator.Tags()["scalars"]
    }


def test_steps_and_validations_are_shown(job, tmp_path):
    validated = [part for name in ("queries", "index")
                 for part in ("--set", f"validation.{name}={tmp_path / 'list.tsv'}")]  # fmt: skip
    options = [*validated, "--set", "validation.every=1", "--tensorboard"]
    assert run([*job, *options, "-o", tmp_path / "m.safetensors"]).exit_code == 0
    shown = events(tmp_path / "m.run")
    log = np.loadtxt(tmp_path / "m.run" / "log.tsv", skiprows=1)
    for name, column in OF_STEPS.items():
        assert [step for step, _ in shown[f"train/{name}"]] == list(range(1, 10))
        values = [value for _, value in shown[f"train/{name}"]]
        np.testing.assert_allclose(values, log[:, column], rtol=1e-6)
    assert len(shown["train/images_per_second"]) == 9
    assert [step for step, _ in shown["validation/map@100"]] == [3, 6, 9]
    assert all(0 < value <= 1 for _, value in shown["validation/map@100"])


def test_no_step_is_shown_twice_after_an_interruption(job, tmp_path, monkeypatch):
    taken = Learner.step

    def fails_at_the_sixth(self, batch, size, step, t):
        if step == 5:
            raise DataError("the power went out")
        return taken(self, batch, size, step, t)

    arguments = [*job, "--tensorboard", "-o", tmp_path / "m.safetensors"]
    with monkeypatch.context() as patched:
        patched.setattr(Learner, "step", fails_at_the_sixth)
        assert run(arguments).stderr == "Error: the power went out\n"
    assert [step for step, _ in events(tmp_path / "m.run")["train/loss"]] == [1, 2, 3, 4, 5]
    # The newest state was saved after step 4, so the fifth step is repeated.
    assert run(arguments).exit_code == 0
    losses = events(tmp_path / "m.run")["train/loss"]
    assert [step for step, _ in losses] == list(range(1, 10))
    log = np.loadtxt(tmp_path / "m.run" / "log.tsv", skiprows=1)
    assert [value for _, value in losses] == pytest.approx(log[:, 2])


def test_nothing_is_shown_unless_asked_for(job, tmp_path):
    assert run([*job, "-o", tmp_path / "m.safetensors"]).exit_code == 0
    assert not (tmp_path / "m.run" / "tensorboard").exists()
