"""Worker processes: how their batches travel, and what ends a run."""

import multiprocessing
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
import torch
from gld_shared.testing import program, refused, run
from gld_train.signals import Signals

REMEDY = "use fewer workers (-j), or a smaller data.batch_size or image.size"


@pytest.fixture
def with_workers(job, tmp_path):
    return [*job[:-1], "2", "-o", tmp_path / "m.safetensors"]


def test_batches_do_not_travel_through_dev_shm(with_workers, monkeypatch):
    def no_room(*arguments):
        raise RuntimeError("unable to allocate shared memory(shm)")

    monkeypatch.setattr(torch.UntypedStorage, "_share_fd_cpu_", no_room)
    monkeypatch.setattr(torch.UntypedStorage, "_share_filename_cpu_", no_room)
    result = run(with_workers)
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_batch_that_cannot_be_sent_ends_the_run(with_workers, monkeypatch, capfd):
    def too_long(descriptor):
        raise OSError("AF_UNIX path too long")

    monkeypatch.setattr("gld_train.data.anonymous_memory.DupFd", too_long)
    message = refused(with_workers)
    assert message.startswith(
        "Error: a worker process ended while it loaded images (DataLoader worker (pid"
    )
    assert message.endswith(
        f"the memory may be too small: {REMEDY}; the same command resumes from the last state\n"
    )


def test_a_batch_that_does_not_fit_the_memory(with_workers, monkeypatch):
    def no_memory(name):
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(os, "memfd_create", no_memory)
    assert refused(with_workers) == (
        f"Error: a worker process has no room for a batch: Cannot allocate memory; {REMEDY}\n"
    )


def test_no_room_for_semaphores(with_workers, job, monkeypatch):
    def full(context, value=1):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(multiprocessing.get_context()), "Semaphore", full)
    assert refused(with_workers) == (
        "Error: /dev/shm: no room for the semaphores of several processes: No space left on "
        "device; make room there, or load images without worker processes (-j 0)\n"
    )
    assert run([*with_workers, "-j", "0"]).exit_code == 0


def test_a_signal_that_comes_twice_at_once_is_one(monkeypatch):
    """As ``timeout`` sends it: to the process, and to its group."""
    signals, now = Signals(), [100.0]
    ended = []
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(signal, "signal", lambda *of: ended.append(of))
    monkeypatch.setattr(os, "kill", lambda *of: ended.append(of))
    signals.received(signal.SIGTERM, None)
    now[0] += 0.1
    signals.received(signal.SIGTERM, None)
    assert (signals.number, ended) == (signal.SIGTERM, [])
    now[0] += 2
    signals.received(signal.SIGTERM, None)
    assert ended == [(signal.SIGTERM, signal.SIG_DFL), (os.getpid(), signal.SIGTERM)]


@pytest.mark.slow
def test_a_signal_to_all_processes_of_a_job_leaves_a_state(with_workers, tmp_path):
    command = [program("gld-train"), *map(str, with_workers[1:]), "--set", "schedule.epochs=900"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stderr=pipe, text=True, start_new_session=True)
    log = tmp_path / "m.run" / "log.tsv"
    while not (log.exists() and log.read_text().count("\n") > 5):
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (143, "Error: SIGTERM; repeat the command to resume\n")
    rows = Path(log).read_text().count("\n") - 1
    assert (tmp_path / "m.run" / f"step-{rows:09d}.pt").exists()
