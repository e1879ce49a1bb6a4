"""The store and the threads of a command that fails."""

import shutil
import subprocess
import sys
import threading

import pytest
from gld_shared.store import open_store
from gld_shared.store.layout import partial_of
from gld_shared.tables import LIST, read_table, write_table
from gld_shared.testing import run

TWO = ("--gpus", "2")
# The options of the run that fails, and of the run on the corrected list.
RUNS = pytest.mark.parametrize(
    ("more", "again"),
    [((), ()), *(pytest.param(TWO, again, marks=pytest.mark.slow) for again in ((), TWO))],
    ids=["one process", "two, then one", "two processes"],
)
HOLD = (
    "import sys; from pathlib import Path; from gld_shared.work.claims import Claims; "
    "claims = Claims(Path(sys.argv[1])); print(claims.has_locks, flush=True); "
    "sys.stdin.read()"
)


def command(collection, *more):
    # 64 images a unit; the vectors are raw pixels.
    return [
        *("gld-embed", collection.folder / "list.tsv", "-c", "pixels:4", "--device", "cpu"),
        *("--images", collection.folder / "photos", "-o", collection.store("x.zarr"), *more),
    ]


def remove_from_list(collection, number):
    """Remove an image from the list."""
    rows = read_table(collection.folder / "list.tsv", LIST).rows
    left = rows.filter(rows["id"] != f"x{number}")
    write_table(collection.folder / "list.tsv", LIST, left, {"history": []})


@RUNS
def test_an_empty_store_is_removed_for_a_corrected_list(collection, more, again):
    collection.make(60)
    collection.photo(7).write_bytes(b"")
    assert "(id x7)" in run(command(collection, *more)).stderr
    assert not partial_of(collection.store("x.zarr")).exists()
    remove_from_list(collection, 7)
    assert run(command(collection, *again)).exit_code == 0
    assert len(open_store(collection.store("x.zarr")).ids) == 59
    assert list(collection.folder.glob("*x.zarr*")) == [collection.store("x.zarr")]


def test_a_store_with_a_chunk_is_kept(collection):
    collection.make(70)
    collection.photo(66).write_bytes(b"")
    assert "(id x66)" in run(command(collection)).stderr
    remove_from_list(collection, 66)
    assert "was made with another list" in run(command(collection)).stderr
    assert list(collection.written("x.zarr")) == ["0"]


def test_an_empty_store_that_another_process_works_on_is_kept(collection):
    collection.make(60)
    collection.photo(7).write_bytes(b"")
    partial, work = (collection.store(f"x.zarr.{name}") for name in ("partial", "work"))
    work.mkdir()
    held = [sys.executable, "-c", HOLD, str(work / "claims")]
    pipe = subprocess.PIPE
    with subprocess.Popen(held, stdin=pipe, stdout=pipe, text=True) as other:
        assert other.stdout.readline() == "True\n"
        assert "(id x7)" in run(command(collection)).stderr
        assert partial.exists()
        other.communicate()
    assert "(id x7)" in run(command(collection)).stderr
    assert not partial.exists()


def test_threads_end_with_a_failure(collection):
    collection.make(60)
    collection.photo(7).write_bytes(b"")
    failed = run(command(collection, "-j", "3"))
    assert failed.exc_info is not None, "its frames keep everything alive"
    assert [
        thread.name for thread in threading.enumerate() if thread.name.startswith("image")
    ] == []


@pytest.mark.parametrize("more", [(), pytest.param(TWO, marks=pytest.mark.slow)])
def test_a_run_without_any_readable_image_leaves_nothing(collection, more):
    collection.make(70)
    for number in range(70):
        collection.photo(number).write_bytes(b"")
    result = run(command(collection, "--skip-unreadable", "-q", *more))
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: none of the 70 images can be read, the first: {collection.photo(0)}: "
        "empty, expected an image\n",
    )
    assert list(collection.folder.glob("*x.zarr*")) == []


def test_what_killed_processes_left_beside_a_finished_store_is_removed(collection):
    collection.make(3)
    assert run(command(collection)).exit_code == 0
    for name in ("x.zarr.partial", ".x.zarr.partial.0a1b2c3d", "x.zarr.kept.partial"):
        shutil.copytree(collection.store("x.zarr"), collection.folder / name)
    (collection.folder / "x.zarr.work").mkdir()
    (collection.folder / "x.zarr.work" / "claims").touch()
    assert run(command(collection)).exit_code == 0
    assert sorted(path.name for path in collection.folder.iterdir()) == [
        "list.tsv",
        "photos",
        "x.zarr",
    ]


def test_an_unfinished_store_of_other_settings_is_kept_beside_a_finished_one(collection):
    collection.make(3)
    output, partial = collection.store("x.zarr"), collection.store("x.zarr.partial")
    for dtype in ("float32", "float16"):
        assert run(command(collection, "--dtype", dtype)).exit_code == 0
        output.rename(collection.store(dtype))
    collection.store("float32").rename(partial)
    collection.store("float16").rename(output)
    notes = collection.store("x.zarr.work") / "unreadable-0.json"
    notes.parent.mkdir()
    notes.write_text("{}")
    result = run(command(collection, "--dtype", "float16"))
    assert (result.exit_code, result.stderr) == (
        0,
        f"gld-embed: {partial}: is no leftover of {output}, since it was made with another "
        f"dtype (float32, now float16); move {output} away to resume it, or remove it\n",
    )
    assert (partial / "zarr.json").exists() and notes.exists()


def test_a_folder_that_is_no_store_is_refused_with_a_remedy(collection):
    collection.make(1)
    collection.store("x.zarr").mkdir()
    result = run(command(collection))
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: {collection.store('x.zarr')}: exists and is not an embedding store; choose "
        "another output\n",
    )
