import errno
import os
import sys
import types
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import pytest
from gld_shared.errors import DataError
from gld_shared.faults import Fault, readable

FUNCTIONS = """
def convert(path, error):
    table = {"n": 1}
    raise error

class Writer:
    def __init__(self, path):
        self.path = path

    def write(self, error):
        raise error
"""


def gld_functions():
    """Functions of a module whose name is one of gld's."""
    module = types.ModuleType("gld_example")
    exec(FUNCTIONS, module.__dict__)
    return module


def raised(error, path="lists/a.tsv"):
    """The error as a function of gld raises it that works on ``path``."""
    with pytest.raises(type(error)) as caught:
        gld_functions().convert(path, error)
    return caught.value


def text_of(error):
    line = readable(error)
    return type(line), str(line)


@pytest.mark.parametrize("path", ["lists/a.tsv", Path("lists/a.tsv")])
def test_a_fault_names_kind_and_file_at_hand(path):
    assert text_of(raised(KeyError("vectors"), path)) == (
        Fault,
        "lists/a.tsv: KeyError: 'vectors'",
    )


def test_the_file_of_an_object_is_at_hand_too():
    with pytest.raises(KeyError) as caught:
        gld_functions().Writer(Path("q.zarr")).write(KeyError("vectors"))
    assert text_of(caught.value) == (Fault, "q.zarr: KeyError: 'vectors'")


def test_the_file_of_another_thread_is_at_hand_too():
    with ThreadPoolExecutor(1) as pool, pytest.raises(ValueError) as caught:
        pool.submit(gld_functions().convert, "a.jpg", ValueError("bad\nmarker")).result()
    assert text_of(caught.value) == (Fault, "a.jpg: ValueError: bad marker")


def test_standard_input_and_values_are_no_files():
    assert text_of(raised(AssertionError(), "-")) == (Fault, "AssertionError")


def test_the_traceback_of_another_process_is_reduced_to_its_last_line():
    text = "Caught it in worker 0.\nTraceback (most recent call last):\n  File\nValueError: bad\n"
    assert text_of(raised(RuntimeError(text))) == (
        Fault,
        "lists/a.tsv: RuntimeError: ValueError: bad",
    )


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OSError(errno.ENOENT, "No such file or directory", "b.jpg"),
         "b.jpg: No such file or directory"),
        (OSError(errno.ENOSPC, "No space left on device"),
         "lists/a.tsv: No space left on device; make room there, or name another place"),
        (OSError(errno.EFBIG, "File too large"),
         "lists/a.tsv: File too large; raise the limit of a file's size (ulimit -f), or name "
         "another file system"),
        (OSError(errno.EMFILE, "Too many open files", "b.jpg"),
         "b.jpg: Too many open files; raise the limit of open files (ulimit -n)"),
        (BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"),
         "lists/a.tsv: no further process can be started; raise the limit of processes "
         "(ulimit -u)"),
        (RuntimeError("can't start new thread"),
         "lists/a.tsv: no further thread can be started; raise the limits of processes (ulimit -u) "
         "and memory (ulimit -v), or use fewer workers (-j)"),
        (MemoryError(),
         "lists/a.tsv: the memory is too small (MemoryError); free memory, raise its limit "
         "(ulimit -v), or use a smaller input"),
        (OSError("libgomp.so.1: failed to map segment from shared object"),
         "lists/a.tsv: the memory is too small (libgomp.so.1: failed to map segment from shared "
         "object); free memory, raise its limit (ulimit -v), or use a smaller input"),
        (EOFError("no data left"), "lists/a.tsv: cut short: no data left"),
        (ValueError("write failed: No space left on device (os error 28)"),
         "lists/a.tsv: write failed: No space left on device (os error 28); make room there, or "
         "name another place"),
    ],
)  # fmt: skip
def test_limits_of_the_machine_name_file_and_remedy(error, line):
    assert text_of(raised(error)) == (DataError, line)


def test_a_message_caused_by_a_limit_gets_its_remedy_once():
    full = OSError(errno.ENOSPC, "No space left on device")
    error = DataError("x.zarr: cannot be written: No space left on device")
    error.__cause__ = full
    expected = f"{error}; make room there, or name another place"
    assert str(readable(error)) == expected
    again = DataError(expected)
    again.__cause__ = full
    assert readable(again) is again


def test_other_messages_stay_as_they_are():
    error = DataError("list.tsv:3: 2 cells, expected 3")
    assert readable(error) is error


def test_a_full_standard_output_is_named(monkeypatch):
    full = os.open("/dev/full", os.O_WRONLY)
    with os.fdopen(full, "w", closefd=False) as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        with pytest.raises(OSError) as caught:
            click.echo("text")
        assert text_of(caught.value) == (
            DataError,
            "standard output: No space left on device; make room there, or name another place",
        )
        with Path(os.devnull).open("w") as null:
            os.dup2(null.fileno(), full)  # for the text that the stream still holds
    os.close(full)
