"""What a process collects when it ends."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from gld_shared.command import collect_nothing_at_exit

class Cycle:
    def __init__(self):
        self.me = self

    def __del__(self):
        print("collected")

collect_nothing_at_exit()
cycle = Cycle()
"""


@pytest.mark.parametrize(
    ("imported", "output"), [("", ""), ("sys.modules['triton'] = sys", "collected\n")]
)
def test_nothing_is_collected_unless_a_library_would_complain(imported, output):
    command = [sys.executable, "-c", PROGRAM + imported]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (output, "")
