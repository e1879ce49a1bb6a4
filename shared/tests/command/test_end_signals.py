"""SIGTERM and SIGHUP: a command cleans up as it does at Ctrl-C."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import pytest
from gld_shared.images.parallel_map import map_in_order
from gld_shared.work.critical_frames import is_critical
from gld_shared.work.end_signals import Ended, raising_ended

WRITING = """
import threading
from pathlib import Path
from gld_shared import command
from gld_shared.atomic_folder import atomic_folder
from gld_shared.files import open_output

@command.tool("gld-search")
def main():
    with open_output("x.tsv") as stream, atomic_folder(Path("folder")) as folder:
        stream.write(b"half")
        (folder / "half").touch()
        print("writing", flush=True)
        threading.Event().wait()

main([])
"""
ENDS = [(signal.SIGTERM, 143, "SIGTERM"), (signal.SIGHUP, 129, "SIGHUP")]


def started(folder, before="") -> subprocess.Popen:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen([sys.executable, "-c", before + WRITING], cwd=folder, **pipes)
    assert process.stdout.readline() == "writing\n"
    return process


@pytest.mark.parametrize(("number", "code", "name"), ENDS)
def test_what_is_unfinished_is_removed(tmp_path, number, code, name):
    with started(tmp_path) as process:
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (code, f"Error: ended by {name}\n")
    assert list(tmp_path.iterdir()) == []


def test_an_ignored_signal_stays_ignored(tmp_path):
    ignore = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    with started(tmp_path, before=ignore) as process:
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (143, "Error: ended by SIGTERM\n")


def interrupting(step):
    """Call the handler of SIGTERM in place of the signal, at step number ``step`` of a library.

    Steps are calls, lines and returns of functions that take locks in the main thread.
    """
    left = step

    def trace(frame, event, _):
        nonlocal left
        if not is_critical(frame):
            return None
        left -= 1
        if left == 0:
            sys.settrace(None)
            frame.f_trace = None
            signal.getsignal(signal.SIGTERM)(signal.SIGTERM, frame)
            return None
        return trace

    return trace


@pytest.mark.parametrize("step", [1, 100, 200, *range(369, 375)])
def test_no_thread_waits_for_a_lock_that_a_signal_left_held(step, monkeypatch):
    # On a busy machine, the next try may come before ``trace`` has returned.
    monkeypatch.setattr(
        "gld_shared.work.end_signals.is_critical",
        lambda frame: frame.f_code.co_name == "trace" or is_critical(frame),
    )

    def work():
        with raising_ended():
            sys.settrace(interrupting(step))
            while True:
                list(map_in_order(time.sleep, [0.001] * 40, 2))

    try:
        with pytest.raises(Ended, match="SIGTERM"):
            work()
    finally:
        sys.settrace(None)
    end = time.monotonic() + 10
    while any(thread.name.startswith("image") for thread in threading.enumerate()):
        assert time.monotonic() < end
        time.sleep(0.001)


def test_a_wait_is_interrupted():
    with pytest.raises(Ended), raising_ended():
        threading.Timer(0.05, os.kill, [os.getpid(), signal.SIGTERM]).start()
        threading.Event().wait(20)


def test_short_waits_without_end_are_interrupted():
    with pytest.raises(KeyboardInterrupt), raising_ended():
        threading.Timer(0.05, os.kill, [os.getpid(), signal.SIGINT]).start()
        while not threading.Event().wait(0.001):
            pass


class Destroyed:
    def __del__(self):
        signal.raise_signal(signal.SIGTERM)


def test_a_signal_in_a_destructor_is_not_lost(capsys):
    # What other tests have left must not be freed later, when the signal's exception comes again:
    # a destructor of a library may catch it.
    gc.collect()
    with pytest.raises(Ended), raising_ended():
        Destroyed()
        threading.Event().wait(20)
    assert capsys.readouterr().err == ""


class HalfMade:
    """An object whose destructor expects what a signal keeps from being made."""

    def __init__(self):
        signal.raise_signal(signal.SIGTERM)
        self.stream = None

    def __del__(self):
        del self.stream


def test_a_signal_while_an_object_is_made_prints_no_traceback(capsys):
    def work():
        with raising_ended():
            HalfMade()

    with pytest.raises(Ended):
        work()
    gc.collect()
    assert capsys.readouterr().err == ""


def test_an_error_that_code_makes_of_a_signal_is_the_signal():
    with pytest.raises(Ended, match="SIGTERM"), raising_ended():
        with suppress(Ended):
            signal.raise_signal(signal.SIGTERM)
        raise TypeError("'<unprintable str object>' is not a data type")
