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
