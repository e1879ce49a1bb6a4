"""Processes that begin, join and finish one tiny store within the same moments."""

import os
import subprocess
import sys

import pytest

# The processes are forked from one that has loaded everything, and run nothing, so that they start
# at once and without its threads.
ROUNDS = """
import os, random, shutil, sys, time
from pathlib import Path
import gld_embed.embed
from gld_shared.sha256 import sha256
from gld_shared.testing import run

folder, rounds, processes = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
chance = random.Random(0)
os.chdir(folder)

def started(name, delay=0):
    child = os.fork()
    if not child:
        time.sleep(delay)
        result = run([
            "gld-embed", "list.tsv", "-c", "pixels:4", "--images", "photos", "-o", name, "-j", "1",
            "--device", "cpu",
        ])
        sys.stderr.write(result.stderr)
        os._exit(result.exit_code)
    return child

def ended(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

ended(started("quiet.zarr"))
for number in range(rounds):
    step = chance.uniform(0, 0.08)
    children = [started("x.zarr", order * step) for order in range(processes)]
    codes = [ended(child) for child in children]
    names = sorted(os.listdir())
    if codes != [0] * processes or names != ["list.tsv", "photos", "quiet.zarr", "x.zarr"]:
        sys.exit(f"round {number}, {step} s apart: {codes} {names}")
    if sha256("x.zarr") != sha256("quiet.zarr"):
        sys.exit(f"round {number}, {step} s apart: other bytes")
    shutil.rmtree("x.zarr")
"""


@pytest.mark.parametrize(
    ("rounds", "processes"),
    [
        (8, 2),
        pytest.param(200, 2, marks=pytest.mark.slow),
        pytest.param(60, 4, marks=pytest.mark.slow),
    ],
)
def test_a_process_may_join_at_any_moment(collection, rounds, processes):
    collection.make(12)
    done = subprocess.run(
        [sys.executable, "-c", ROUNDS, str(collection.folder), str(rounds), str(processes)],
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "OMP_NUM_THREADS": "1"},  # OpenMP's threads do not survive a fork
    )
    assert (done.returncode, done.stderr) == (0, "")
