"""Several processes, parts of batches, signals: training is the same on any hardware."""

import os
import signal
import time
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import torch
from gld_shared.checkpoint import load_checkpoint
from gld_shared.testing import program, run, spawned_by, start
from gld_train.distributed import Ranks, share_of_workers
from gld_train.run_folder.step_log import StepLog
from gld_train.training_curves import draw_curves
from safetensors.numpy import load_file

# Each rank has its own BatchNorm statistics, so these settings keep them from changing.
STATISTICS = ["--set", "optim.freeze_batchnorm=true", "--set", "model.neck=none"]


def ended(arguments):
    process = start(arguments)
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def log_of(output: Path):
    """Read the columns step, epoch, loss, accuracy and lr of a run's log."""
    return np.loadtxt(output.with_suffix(".run") / "log.tsv", skiprows=1, usecols=range(5))


def waited_for(log: Path, steps: int):
    deadline = time.monotonic() + 120
    while not (log.exists() and log.read_text().count("\n") > steps):
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture
def alone(job, tmp_path):
    """A run in one process."""
    output = tmp_path / "alone.safetensors"
    assert run([*job, *STATISTICS, "-o", output]).exit_code == 0
    return output


def by_gpus(job):
    return [*job, "--gpus", "2"]


def by_torchrun(job):
    processes = ["--standalone", "--nproc-per-node", "2", "--no-python"]
    return ["torchrun", *processes, program("gld-train"), *job[1:]]


@pytest.mark.parametrize("two", [by_gpus, pytest.param(by_torchrun, marks=pytest.mark.slow)])
def test_two_ranks_learn_as_a_single_process_does(job, tmp_path, alone, two):
    output = tmp_path / "two.safetensors"
    code, out, err = ended([*two(job), *STATISTICS, "-v", "-o", output])
    assert (code, out) == (0, f"{output}\n")
    steps = [line for line in err.splitlines() if " step " in line]
    assert len(steps) == 9, "only the first rank logs"
    np.testing.assert_allclose(log_of(output), log_of(alone), rtol=1e-4)
    ours, theirs = load_file(output), load_file(alone)
    for name, weight in theirs.items():
        np.testing.assert_allclose(ours[name], weight, rtol=1e-3, atol=1e-5, err_msg=name)


@pytest.mark.slow
def test_a_killed_rank_ends_the_run_and_one_rank_resumes_it(job, tmp_path):
    whole, killed = tmp_path / "whole.safetensors", tmp_path / "killed.safetensors"
    longer = [*job, *STATISTICS, "--set", "schedule.epochs=6", "--set", "checkpoint.every=1"]
    process = start([*longer, "--gpus", "2", "-o", killed])
    waited_for(killed.with_suffix(".run") / "log.tsv", 3)
    ranks = spawned_by(process.pid)
    assert len(ranks) == 2
    os.kill(ranks[1], signal.SIGKILL)
    _, err = process.communicate(timeout=90)
    assert process.returncode == 1
    assert err.endswith("; repeat the command to resume from the last state\n")
    assert not killed.exists()
    assert "resumes after step" in run([*longer, "-v", "-o", killed]).stderr
    assert run([*longer, "-o", whole]).exit_code == 0
    np.testing.assert_allclose(log_of(killed), log_of(whole), rtol=1e-4)


@pytest.mark.slow
def test_one_rank_resumes_a_run_whose_processes_were_all_killed(job, tmp_path, alone):
    output = tmp_path / "two.safetensors"
    command = [*job, *STATISTICS, "--set", "checkpoint.every=1", "-o", output]
    process = start([*command, "--gpus", "2"], start_new_session=True)
    waited_for(output.with_suffix(".run") / "log.tsv", 3)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert run(command).exit_code == 0
    np.testing.assert_allclose(log_of(output), log_of(alone), rtol=1e-4)


def test_parts_of_a_batch_add_up_to_it(job, tmp_path, alone):
    output = tmp_path / "parts.safetensors"
    parts = ["--set", "data.accumulate=2"]
    assert run([*job, *STATISTICS, *parts, "-o", output]).exit_code == 0
    np.testing.assert_allclose(log_of(output), log_of(alone), rtol=1e-4)


SIGNALS = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])


@SIGNALS
def test_a_signal_saves_the_state_and_the_same_command_resumes(job, tmp_path, monkeypatch, number):
    whole, stopped = tmp_path / "whole.safetensors", tmp_path / "stopped.safetensors"
    never = ["--set", "checkpoint.every=0"]
    assert run([*job, *never, "-o", whole]).exit_code == 0
    with monkeypatch.context() as patch:
        patch.setattr(StepLog, "add", signalled_at(2, number))
        result = run([*job, *never, "-o", stopped])
    assert result.exit_code == 128 + number
    assert result.stderr == f"Error: {number.name}; repeat the command to resume\n"
    states = [path.name for path in stopped.with_suffix(".run").glob("step-*.pt")]
    assert len(states) == 1
    assert run([*job, *never, "-o", stopped, "--resume"]).exit_code == 0
    assert stopped.read_bytes() == whole.read_bytes()


def signalled_at(last, number):
    """Return a ``StepLog.add`` that sends this process a signal after logging step ``last``."""
    add = StepLog.add

    def add_and_signal(log, step, *values):
        add(log, step, *values)
        if step == last:
            os.kill(os.getpid(), number)

    return add_and_signal


@pytest.mark.slow
@SIGNALS
def test_a_signal_to_a_process_saves_the_state(job, tmp_path, number):
    whole, stopped = tmp_path / "whole.safetensors", tmp_path / "stopped.safetensors"
    never = ["--set", "checkpoint.every=0"]
    assert run([*job, *never, "-o", whole]).exit_code == 0
    process = start([*job, *never, "-o", stopped])
    waited_for(stopped.with_suffix(".run") / "log.tsv", 2)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert err == f"Error: {number.name}; repeat the command to resume\n"
    assert len(list(stopped.with_suffix(".run").glob("step-*.pt"))) == 1
    assert run([*job, *never, "-o", stopped, "--resume"]).exit_code == 0
    assert stopped.read_bytes() == whole.read_bytes()


def test_averaged_weights_are_written(job, tmp_path):
    plain, averaged = tmp_path / "plain.safetensors", tmp_path / "averaged.safetensors"
    assert run([*job, "-o", plain]).exit_code == 0
    assert run([*job, "--set", "optim.average=0.9", "-o", averaged]).exit_code == 0
    assert (log_of(plain) == log_of(averaged)).all(), "training itself is the same"
    ours, theirs = load_file(averaged), load_file(plain)
    assert any((ours[name] != theirs[name]).any() for name in ours)
    np.testing.assert_array_equal(
        ours["neck.bn.running_mean"], theirs["neck.bn.running_mean"], "buffers are the newest"
    )


def test_a_clipped_gradient_changes_the_steps(job, tmp_path):
    plain, clipped = tmp_path / "plain.safetensors", tmp_path / "clipped.safetensors"
    assert run([*job, "-o", plain]).exit_code == 0
    assert run([*job, "--set", "optim.clip=0.01", "-o", clipped]).exit_code == 0
    assert log_of(plain)[0, 2] == log_of(clipped)[0, 2]
    assert log_of(plain)[-1, 2] != log_of(clipped)[-1, 2]


def test_checkpoints_of_epochs_are_kept_and_start_the_next_stage(job, tmp_path):
    output, folder = tmp_path / "one.safetensors", tmp_path / "one.run"
    assert run([*job, "--set", "checkpoint.every_epochs=2", "-o", output]).exit_code == 0
    assert load_checkpoint(folder / "epoch-002.safetensors").step == 6
    start = ["--set", f"model.weights={folder / 'epoch-002.safetensors'}",
             "--set", f"head.init={folder / 'epoch-002.head.safetensors'}"]  # fmt: skip
    assert run([*job, *start, "-o", tmp_path / "two.safetensors"]).exit_code == 0


def test_curves_are_drawn(job, tmp_path, monkeypatch):
    monkeypatch.setattr(import_module("gld_train.train"), "draw_curves", draw_curves)
    assert run([*job, "-o", tmp_path / "m.safetensors"]).exit_code == 0
    assert (tmp_path / "m.run" / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_the_learning_rate_follows_the_batch(job, tmp_path):
    scaled = ["--set", "optim.lr_batch=8", "--set", "optim.lr=0.02", "-v"]
    result = run([*job, *scaled, "-o", tmp_path / "m.safetensors"])
    assert "9 steps of 4 images (1 processes, 1 parts each), lr 0.01" in result.stderr


SMALL_BATCH = ["--set", "data.batch_size=2"]
TOO_SMALL = "Error: data.batch_size is 2, that of 2 processes together; expected at least 4"


def test_too_small_a_batch_for_the_ranks(job, tmp_path, monkeypatch):
    ranks = nullcontext(Ranks(0, 2, torch.device("cpu")))
    monkeypatch.setattr("gld_train.distributed.joined", lambda device: ranks)
    result = run([*job, *SMALL_BATCH, "-o", tmp_path / "m.safetensors"])
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"{TOO_SMALL}\n")


@pytest.mark.slow
def test_every_rank_reports_too_small_a_batch(job, tmp_path):
    output = tmp_path / "m.safetensors"
    code, out, err = ended([*job, *SMALL_BATCH, "--gpus", "2", "-o", output])
    assert (code, out) == (1, "")
    assert set(err.splitlines()) == {TOO_SMALL}


@pytest.mark.parametrize(
    ("workers", "processes", "share"), [(0, 2, 0), (1, 2, 1), (8, 2, 4), (9, 4, 2), (3, 8, 1)]
)
def test_the_workers_of_a_machine_are_shared(monkeypatch, workers, processes, share):
    monkeypatch.setenv("LOCAL_WORLD_SIZE", str(processes))
    assert share_of_workers(workers) == share


def test_a_process_alone_has_all_workers(monkeypatch):
    monkeypatch.delenv("LOCAL_WORLD_SIZE", raising=False)
    assert share_of_workers(8) == 8


@pytest.mark.gpu
def test_a_gpu_learns_as_the_cpu_does(job, tmp_path, alone):
    output = tmp_path / "gpu.safetensors"
    arguments = [*job, *STATISTICS, "--device", "cuda", "-j", "2", "-o", output]
    assert run(arguments).exit_code == 0
    np.testing.assert_allclose(log_of(output), log_of(alone), rtol=1e-2)
