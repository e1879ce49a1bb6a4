"""Stores made by several streams: the same bytes, after any interruption."""

import signal
from contextlib import contextmanager

import pytest
import torch
from gld_shared.tables import UNREADABLE, read_table
from gld_shared.testing import run

# 130 images are three units; batches of 5 leave a smaller one at the end of each.
IMAGES, BATCH = 130, ("--batch", "5")


@contextmanager
def streams(count):
    """Let torch use ``count`` threads, which are as many streams."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def finish(collection, output, *more):
    """Make a store in this process, or resume it; return its files."""
    result = run(collection.command(output, *BATCH, *more))
    assert result.exit_code == 0, result.output
    store = collection.store(output)
    return {
        str(file.relative_to(store)): file.read_bytes()
        for file in sorted(store.rglob("*"))
        if file.is_file()
    }


def finish_again(collection, output, *more):
    """Make a store again by the same command."""
    collection.store(output).rename(collection.store("before.zarr"))
    return finish(collection, output, *more)


def test_the_bytes_do_not_depend_on_the_streams(collection):
    collection.make(IMAGES)
    with streams(1):
        one = finish(collection, "x.zarr")
    with streams(3):
        assert finish_again(collection, "x.zarr") == one


def test_units_without_a_readable_image(collection):
    collection.make(IMAGES)
    broken = [3, *range(64, 128)]  # the second unit is 64 to 127
    for number in broken:
        collection.photo(number).write_bytes(b"")
    with streams(1):
        one = finish(collection, "x.zarr", "--skip-unreadable")
    with streams(3):
        assert finish_again(collection, "x.zarr", "--skip-unreadable") == one
    table = read_table(collection.folder / "x.unreadable.tsv", UNREADABLE).rows
    assert table["id"].to_list() == [f"x{number}" for number in broken]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_store_is_resumed(collection, number):
    collection.make(IMAGES)
    whole = finish(collection, "x.zarr")
    collection.store("x.zarr").rename(collection.store("before.zarr"))
    process = collection.start("x.zarr", *BATCH, OMP_NUM_THREADS="3")
    collection.wait_for_chunks(process, "x.zarr", 1)
    process.send_signal(number)
    _, errors = process.communicate()
    if number == signal.SIGINT:
        assert (process.returncode, errors) == (130, "\nError: interrupted\n")
    assert collection.store("x.zarr.partial").exists()
    with streams(3):
        assert finish(collection, "x.zarr") == whole
