"""A signal while polars calls Python waits until polars has returned."""

import subprocess
import sys

PROGRAM = """
import os, signal, sys, time
import polars as pl
from numpy.lib import _version
from gld_shared.work.end_signals import Ended, raising_ended

def end_in_version_check(frame, event, _):
    if frame.f_code.co_filename == _version.__file__:
        sys.setprofile(None)
        os.kill(os.getpid(), signal.SIGTERM)

try:
    with raising_ended():
        sys.setprofile(end_in_version_check)
        array = pl.Series([1, 2]).to_numpy()
        time.sleep(10)
except Ended as error:
    print(array, error)
"""


def test_a_signal_at_the_first_use_of_numpy():
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert (ended.stdout, ended.stderr) == ("[1 2] ended by SIGTERM\n", "")
