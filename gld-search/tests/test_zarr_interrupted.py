"""Searches whose neighbours are Zarr: several processes, some of which are killed."""

import os
import random
import shutil
import signal
import subprocess
import time

import pytest
from gld_shared.sha256 import sha256
from gld_shared.testing import children_of, spawned_by, wait_for_end

UNITS = 16


def finish(*processes):
    for process in processes:
        output, errors = process.communicate()
        assert (process.returncode, output) == (0, ""), errors


def test_a_killed_search_is_resumed(long_search, quiet):
    process = long_search.start("x.zarr")
    long_search.wait_for_units(process, "x.zarr", 3)
    process.kill()
    process.communicate()
    kept = long_search.written("x.zarr")
    finish(long_search.start("x.zarr"))
    assert kept.items() <= long_search.written("x.zarr").items(), "no complete unit is done again"
    assert sha256(long_search.folder / "x.zarr") == sha256(quiet)
    assert [path.name for path in long_search.folder.iterdir()] == ["x.zarr"]


def test_three_processes_of_which_one_is_killed(long_search, quiet):
    processes = [long_search.start("x.zarr") for _ in range(3)]
    long_search.wait_for_units(processes[0], "x.zarr", 2)
    processes[1].kill()
    processes[1].communicate()
    kept = long_search.written("x.zarr")
    finish(processes[0], processes[2])
    assert kept.items() <= long_search.written("x.zarr").items()
    assert sha256(long_search.folder / "x.zarr") == sha256(quiet)
    assert [path.name for path in long_search.folder.iterdir()] == ["x.zarr"]


def test_processes_started_by_one_command(long_search, quiet):
    process = long_search.start("x.zarr", "-j", "2")
    long_search.wait_for_units(process, "x.zarr", 2)
    workers = spawned_by(process.pid)
    assert len(workers) == 2
    os.kill(workers[0], signal.SIGKILL)
    output, errors = process.communicate()
    assert (process.returncode, output) == (0, ""), errors
    assert "was ended by SIGKILL; the others do its share" in errors
    assert sha256(long_search.folder / "x.zarr") == sha256(quiet)


@pytest.mark.parametrize(
    "number", [signal.SIGKILL, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_processes_end_with_the_process_that_started_them(long_search, number):
    process = long_search.start("x.zarr", "-j", "2")
    long_search.wait_for_units(process, "x.zarr", 2)
    workers = children_of(process.pid)
    process.send_signal(number)
    _, errors = process.communicate()
    assert process.returncode in (128 + number, -number)
    assert "Traceback" not in errors
    wait_for_end(workers)
    assert not (long_search.folder / "x.zarr").exists(), "they did not finish it before they ended"


@pytest.mark.slow
def test_a_terminal_that_closes_ends_all_processes_with_one_line(long_search):
    command = long_search.command("x.zarr", "-j", "2")
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    long_search.wait_for_units(process, "x.zarr", 2)
    workers = children_of(process.pid)
    os.killpg(process.pid, signal.SIGHUP)
    _, errors = process.communicate()
    assert (process.returncode, errors) == (129, "Error: ended by SIGHUP\n")
    wait_for_end(workers)


@pytest.mark.slow
def test_kills_at_random_moments(long_search, quiet):
    chance, kills = random.Random(0), 0
    started = time.monotonic()
    finish(long_search.start("probe.zarr"))
    seconds = time.monotonic() - started
    while kills < 20:
        # Complete but unfinished, too, if the last kill came just then.
        for name in ("x.zarr", "x.zarr.partial"):
            shutil.rmtree(long_search.folder / name, ignore_errors=True)
        kept: dict[str, int] = {}
        begun = of_this_output = 0
        while kills < 20:
            process = long_search.start("x.zarr", "-vv")
            time.sleep(chance.uniform(0, seconds))
            process.kill()
            begun += long_search.begun(process.communicate()[1])
            before, kept = kept, long_search.written("x.zarr")
            assert before.items() <= kept.items(), "no complete unit is done again"
            kills += 1
            of_this_output += 1
            assert begun - len(kept) <= of_this_output, "a kill costs one unit at most"
            if len(kept) == UNITS:
                break
    last = long_search.start("x.zarr", "-vv")
    _, messages = last.communicate()
    assert last.returncode == 0, messages
    assert kept.items() <= long_search.written("x.zarr").items()
    assert UNITS <= begun + long_search.begun(messages) <= UNITS + of_this_output
    assert sha256(long_search.folder / "x.zarr") == sha256(quiet)
    assert sorted(path.name for path in long_search.folder.iterdir()) == ["probe.zarr", "x.zarr"]
