"""SIGTERM and SIGHUP: a command cleans up as it does at Ctrl-C."""

import signal
import subprocess
import sys

import pytest

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
