"""A run that is killed ten times ends with the bytes of an uninterrupted run."""

import signal
import subprocess
import time

import numpy as np
import pytest
from gld_shared.testing import program, run

EPOCHS = ["--set", "schedule.epochs=80"]  # of 3 steps, the state saved every 2


def killed_after(arguments, log, lines, delay):
    """Start a run, and kill it ``delay`` seconds after its log has ``lines`` lines."""
    silent = subprocess.DEVNULL
    process = subprocess.Popen(arguments, stdout=silent, stderr=silent)
    while not (log.exists() and log.read_text().count("\n") >= lines):
        assert process.poll() is None
        time.sleep(0.002)
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


@pytest.mark.slow
def test_ten_kills_leave_no_trace(job, tmp_path):
    quiet, killed = tmp_path / "quiet.safetensors", tmp_path / "killed.safetensors"
    assert run([*job, *EPOCHS, "-o", quiet]).exit_code == 0
    same_command = [program("gld-train"), *map(str, [*job[1:], *EPOCHS]), "-o", str(killed)]
    log = tmp_path / "killed.run" / "log.tsv"
    generator = np.random.default_rng(0)
    steps = generator.integers(10, 20, 10).cumsum()
    for step, delay in zip(steps, generator.uniform(0, 0.05, 10), strict=True):
        killed_after(same_command, log, step + 1, delay)
        assert not killed.exists()
    assert run([*job, *EPOCHS, "-o", killed]).exit_code == 0
    assert killed.read_bytes() == quiet.read_bytes()
    losses = [[line.rsplit("\t", 1)[0] for line in path.read_text().splitlines()]
              for path in (log, tmp_path / "quiet.run" / "log.tsv")]  # fmt: skip
    assert losses[0] == losses[1]
    assert len(losses[0]) == 1 + 240


@pytest.mark.gpu
def test_a_kill_on_a_gpu_changes_no_loss_by_more_than_a_thousandth(job, tmp_path):
    quiet, killed = tmp_path / "quiet.safetensors", tmp_path / "killed.safetensors"
    # A GPU adds gradients in any order; larger steps on so few images amplify that to percents.
    calm = ["--set", "optim.lr=1e-3", "--set", "optim.freeze_batchnorm=true"]
    on_gpu = [*EPOCHS, *calm, "--set", "schedule.epochs=20", "--device", "cuda"]
    assert run([*job, *on_gpu, "-o", quiet]).exit_code == 0
    log = tmp_path / "killed.run" / "log.tsv"
    command = [program("gld-train"), *map(str, [*job[1:], *on_gpu]), "-o", str(killed)]
    killed_after(command, log, 20, 0)
    assert not killed.exists()
    assert run([*job, *on_gpu, "-o", killed]).exit_code == 0
    of_quiet, of_killed = (
        np.loadtxt(path, skiprows=1, usecols=2)
        for path in (tmp_path / "quiet.run" / "log.tsv", log)
    )
    assert len(of_killed) == 60
    np.testing.assert_allclose(of_killed, of_quiet, rtol=1e-3)
