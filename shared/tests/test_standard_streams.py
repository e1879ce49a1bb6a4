"""Standard streams that are not plain files: pipes that do not wait, output without a buffer."""

import os
import subprocess
import sys
import time

import pytest

READ = "from gld_shared.files import open_input\nwith open_input('-') as s: print(len(s.read()))"
WRITE = """
from gld_shared.files import open_output
with open_output("-") as stream:
    stream.write(bytes(600_000))
"""
MOST = 500_000


def process(code, environment=(), **streams):
    variables = {**os.environ, **dict(environment)}
    return subprocess.Popen([sys.executable, "-c", code], env=variables, **streams)


def test_a_pipe_that_does_not_wait_is_read_to_its_end():
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    with process(READ, stdin=reader, stdout=subprocess.PIPE) as reading:
        os.close(reader)
        for _ in range(2):
            time.sleep(1)  # the process finds the pipe empty
            os.write(writer, bytes(1000))
        os.close(writer)
        assert reading.communicate()[0] == b"2000\n"


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_slow_reader_of_a_pipe_that_does_not_wait_gets_everything(unbuffered):
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with process(WRITE, {"PYTHONUNBUFFERED": unbuffered}, stdout=writer) as writing:
        os.close(writer)
        time.sleep(1)  # the process finds the pipe full
        with os.fdopen(reader, "rb") as stream:
            assert len(stream.read()) == 600_000
        assert writing.wait() == 0


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_that_finds_no_room_is_an_error(tmp_path, unbuffered):
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({MOST}, {MOST}))\n"
    with (
        (tmp_path / "x").open("wb") as output,
        process(
            limited + WRITE,
            {"PYTHONUNBUFFERED": unbuffered},
            stdout=output,
            stderr=subprocess.PIPE,
        ) as writing,
    ):
        errors = writing.communicate()[1].decode().splitlines()
    assert (writing.returncode, errors[-1]) == (
        1,
        "OSError: [Errno 27] File too large: 'standard output'",
    )
