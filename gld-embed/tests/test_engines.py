"""Several processes that make one store, and are killed.

Each process imports torch and timm. What they share with gld-search is tested there too, in less
time: see ``test_zarr_interrupted.py``.
"""

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
import torch
from gld_shared.sha256 import sha256
from gld_shared.testing import children_of, run, spawned_by, wait_for_end


@pytest.mark.slow
@pytest.mark.parametrize(("images", "all_kills"), [(1200, 3), (2000, 5)])
def test_three_processes_of_which_one_is_killed_repeatedly(collection, images, all_kills):
    collection.make(images)
    quiet = collection.embed("quiet.zarr")
    chance = random.Random(0)
    processes = [collection.start("x.zarr") for _ in range(3)]
    kept: dict[str, int] = {}
    for kills in range(1, all_kills + 1):
        # Wait for more units before the next process dies.
        while len(collection.written("x.zarr")) < 4 * kills:
            time.sleep(0.01)
        victim = chance.randrange(3)
        processes[victim].kill()
        processes[victim].communicate()
        before, kept = kept, collection.written("x.zarr")
        assert before.items() <= kept.items(), "no complete unit is done again"
        processes[victim] = collection.start("x.zarr")
    for process in processes:
        output, errors = process.communicate()
        assert (process.returncode, output) == (0, f"{collection.store('x.zarr')}\n"), errors
    assert kept.items() <= collection.written("x.zarr").items()
    assert sha256(collection.store("x.zarr")) == sha256(quiet)
    names = sorted(path.name for path in collection.folder.iterdir())
    assert names == ["list.tsv", "photos", "quiet.zarr", "x.zarr"]


@pytest.mark.slow
def test_processes_started_by_one_command(collection):
    collection.make(1000)
    process = collection.start("x.zarr", "--gpus", "2")
    collection.wait_for_chunks(process, "x.zarr", 3)
    workers = spawned_by(process.pid)
    assert len(workers) == 2
    os.kill(workers[0], signal.SIGKILL)
    output, errors = process.communicate()
    assert (process.returncode, output) == (0, f"{collection.store('x.zarr')}\n"), errors
    assert "was ended by SIGKILL; the others do its share" in errors
    assert sha256(collection.store("x.zarr")) == sha256(collection.embed("quiet.zarr"))


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_processes_end_with_the_process_that_started_them(collection, number):
    collection.make(2000)
    process = collection.start("x.zarr", "--gpus", "2")
    collection.wait_for_chunks(process, "x.zarr", 2)
    workers = children_of(process.pid)
    process.send_signal(number)
    _, errors = process.communicate()
    assert process.returncode in (128 + number, -number)
    assert "Traceback" not in errors
    wait_for_end(workers)


def test_the_command_fails_with_the_first_error_of_its_processes(collection, capfd):
    collection.make(200)
    collection.photo(150).write_bytes(b"no image")
    result = run(collection.command("x.zarr", "--gpus", "2"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert capfd.readouterr() == ("", ""), "nothing but the command reports it"
    assert result.stderr == (
        f"Error: {collection.photo(150)}: not an image in a known format (JPEG, PNG, HEIC, GIF, "
        "...) (id x150); --skip-unreadable leaves such images out\n"
    )


@pytest.mark.parametrize(
    ("device", "message"),
    [
        ("cuda", "2 processes and 1 GPUs on this machine; start one for each GPU"),
        ("cuda:0", "--device cuda:0: several processes cannot share a GPU; say cuda"),
    ],
)
def test_more_processes_than_gpus(collection, monkeypatch, device, message):
    collection.make(3)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    options = ("--gpus", "2", "--device", device)
    result = run(collection.command("x.zarr", *options))
    assert (result.exit_code, result.stderr) == (1, f"Error: {message}\n")


@pytest.mark.parametrize("option", [("-j", "2"), ("--gpus", "2"), ("--device", "cpu")])
def test_options_that_ray_chooses(collection, option):
    collection.make(3)
    result = run(replace(collection, options=option).command("x.zarr", "--engine", "ray"))
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (
        2,
        f"Error: {option[0]} does not go with --engine ray, which starts a process for each GPU of "
        "the cluster, or for each machine without any, and uses all cores; leave out "
        f"{option[0]}",
    )


def test_a_finished_store_needs_no_torch(collection):
    collection.make(3)
    collection.embed("x.zarr")
    script = (
        "import sys; from gld_embed.cli import main; main(sys.argv[1:], standalone_mode=False); "
        "assert 'torch' not in sys.modules"
    )
    again = [sys.executable, "-c", script, *collection.command("x.zarr")[1:]]
    assert subprocess.check_output(again, text=True) == f"{collection.store('x.zarr')}\n"
