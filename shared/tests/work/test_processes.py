import operator
import os
import signal
import time
from functools import partial
from multiprocessing.context import SpawnProcess
from pathlib import Path

import pytest
from gld_shared.errors import DataError
from gld_shared.faults import Fault
from gld_shared.progress import silent
from gld_shared.work.end_signals import Ended, raising_ended
from gld_shared.work.engines.processes import run_processes

# A process that is killed as soon as it has sent half of its error.
KILLED_IN_ITS_ERROR = """
from multiprocessing.connection import Connection

def send_half(self, message):
    import os, signal

    os.write(self.fileno(), bytes(message)[: len(message) // 2])
    os.kill(os.getpid(), signal.SIGKILL)

Connection._send = send_half
raise OSError("the disk is full")
"""


class NoUnits:
    """An output without chunks."""

    path = Path("x")
    finished = False
    chunks = 0

    def rows_of(self, chunk):
        raise AssertionError

    def has_chunk(self, chunk):
        raise AssertionError


@pytest.mark.parametrize(
    ("work", "kind", "line"),
    [
        (partial(operator.getitem, {}), Fault, "KeyError: 'cpu'"),
        (os.stat, DataError, "cpu: No such file or directory"),
    ],
)
def test_the_error_of_a_process_is_raised_here(work, kind, line, capfd):
    with pytest.raises(kind) as caught:
        run_processes(work, ["cpu"], NoUnits(), silent)
    assert (type(caught.value), str(caught.value)) == (kind, line)
    assert capfd.readouterr().err == ""


def test_an_error_longer_than_a_pipe_holds_is_raised():
    fail = "from gld_shared.errors import DataError; raise DataError(500_000 * 'x')"
    with pytest.raises(DataError) as caught:
        run_processes(exec, [fail, fail], NoUnits(), silent)
    assert str(caught.value) == 500_000 * "x"


def test_a_process_that_is_killed_while_it_sends_its_error_counts_as_killed():
    with pytest.raises(DataError) as caught:
        run_processes(exec, [KILLED_IN_ITS_ERROR], NoUnits(), silent)
    assert str(caught.value) == (
        "process 0 was ended by SIGKILL, the last one; the same command resumes"
    )


def test_processes_end_where_a_further_one_cannot_be_started(monkeypatch):
    start, started = SpawnProcess.start, []

    def start_one(process):
        if started:
            raise BlockingIOError
        started.append(process)
        start(process)

    monkeypatch.setattr(SpawnProcess, "start", start_one)
    with pytest.raises(BlockingIOError):
        run_processes(partial(time.sleep, 600), ["cpu", "cpu"], NoUnits(), silent)
    assert started[0].exitcode == -signal.SIGKILL


def test_a_forked_child_dies_of_the_signal_alone():
    with raising_ended():
        child = os.fork()
        if not child:
            try:
                signal.raise_signal(signal.SIGTERM)
            finally:
                os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGTERM
        with pytest.raises(Ended, match="ended by SIGHUP"):
            signal.raise_signal(signal.SIGHUP)
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
