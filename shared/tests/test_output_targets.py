"""Outputs under names that are no plain files: links, devices, pipes, descriptors."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from gld_shared.atomic_folder import atomic_folder
from gld_shared.errors import DataError
from gld_shared.files import open_output
from gld_shared.output_targets import descriptor_of, followed, is_stream
from gld_shared.testing import program, run, small_image, small_list


def write(target):
    with open_output(target) as stream:
        stream.write(b"new")


def listed(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_a_link_stays_and_its_target_is_replaced(tmp_path):
    (tmp_path / "there").mkdir()
    target = tmp_path / "there" / "x.tsv"
    target.write_bytes(b"old")
    (tmp_path / "second").symlink_to("first")
    (tmp_path / "first").symlink_to("there/x.tsv")
    write(tmp_path / "second")
    assert target.read_bytes() == b"new"
    assert (tmp_path / "second").readlink() == Path("first")
    assert (tmp_path / "first").readlink() == Path("there/x.tsv")
    assert (listed(tmp_path), listed(tmp_path / "there")) == (
        ["first", "second", "there"],
        ["x.tsv"],
    )


def test_a_dangling_link_stays_and_its_target_is_created(tmp_path):
    (tmp_path / "link").symlink_to("x.tsv")
    write(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "x.tsv").read_bytes() == b"new"


def test_a_failed_output_through_a_link_changes_nothing(tmp_path):
    (tmp_path / "x.tsv").write_bytes(b"old")
    (tmp_path / "link").symlink_to("x.tsv")
    with pytest.raises(RuntimeError), open_output(tmp_path / "link"):
        raise RuntimeError
    assert (tmp_path / "x.tsv").read_bytes() == b"old"
    assert listed(tmp_path) == ["link", "x.tsv"]


@pytest.mark.parametrize(
    ("points_to", "reason"),
    [
        ("link", "Too many levels of symbolic links"),
        ("none/x", "there is no folder FOLDER/none; make it"),
    ],
)
def test_a_link_to_nowhere_is_a_clear_error(tmp_path, points_to, reason):
    link = tmp_path / "link"
    link.symlink_to(points_to)
    with pytest.raises(DataError) as caught:
        write(link)
    assert (
        str(caught.value) == f"{link}: cannot be written: {reason.replace('FOLDER', str(tmp_path))}"
    )
    assert link.is_symlink()


def test_a_link_to_a_folder_stays_and_the_folder_is_replaced(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there")
    with atomic_folder(tmp_path / "link") as folder:
        (folder / "x").touch()
    assert (tmp_path / "link").is_symlink()
    assert listed(tmp_path / "there") == ["x"]


@pytest.mark.parametrize("make", [Path.touch, os.mkfifo])
def test_a_folder_replaces_no_file_and_no_pipe(tmp_path, make):
    make(tmp_path / "x")
    with pytest.raises(NotADirectoryError), atomic_folder(tmp_path / "x"):
        raise AssertionError("the block must not run")
    assert listed(tmp_path) == ["x"]


def test_a_full_device_is_named():
    with pytest.raises(OSError) as caught:
        write("/dev/full")
    assert str(caught.value) == "[Errno 28] No space left on device: '/dev/full'"


def test_an_open_descriptor_is_written_to_wherever_it_stands(tmp_path):
    file = tmp_path / "x"
    file.write_bytes(b"old ")
    with file.open("ab") as stream:
        link = tmp_path / "link"
        link.symlink_to(f"/proc/self/fd/{stream.fileno()}")
        assert descriptor_of(link) == stream.fileno()
        write(link)
        write(f"/dev/fd/{stream.fileno()}")
    assert file.read_bytes() == b"old newnew"
    assert listed(tmp_path) == ["link", "x"]


def test_a_closed_descriptor_is_a_clear_error():
    with pytest.raises(DataError) as caught:
        write("/dev/fd/999")
    assert str(caught.value) == "/dev/fd/999: cannot be written: Bad file descriptor"


def test_what_is_a_stream_and_what_a_link_leads_to(tmp_path):
    (tmp_path / "1").touch()
    (tmp_path / "circle").symlink_to("circle")
    for name in ("-", "/dev/null", "/dev/stdout", "/dev/fd/1"):
        assert is_stream(name)
    for path in (tmp_path, tmp_path / "1", tmp_path / "none", tmp_path / "circle"):
        assert not is_stream(path)
        assert descriptor_of(path) is None
    assert followed(Path("none")) == Path("none")


def run_by_shell(command, folder):
    small_list(folder / "l.tsv", ["a", "b"])
    stats = program("gld-lists") + " stats l.tsv"
    line = command.replace("STATS", stats)
    return subprocess.run(["bash", "-c", line], cwd=folder, capture_output=True, text=True)


@pytest.mark.parametrize(
    "command",
    [
        "STATS -o /dev/stdout | cat",
        "STATS -o >(cat)",
        "echo before > out; STATS -o /dev/stdout >> out; tail -n +2 out",
    ],
)
def test_commands_write_to_the_shells_streams(command, tmp_path):
    done = run_by_shell(command, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line[:5] for line in done.stdout.splitlines()] == ['#{"fo', "list\t", "l.tsv", "l.tsv"]


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit((tmp_path / "pipe").read_bytes)
        write(tmp_path / "pipe")
        assert read.result() == b"new"
    assert (tmp_path / "pipe").is_fifo()


def test_a_link_to_a_store_stays_and_the_store_is_made_where_it_points(tmp_path):
    for name in ("a", "b"):
        small_image(tmp_path / f"{name}.jpg")
    rows = str(small_list(tmp_path / "l.tsv", ["a", "b"]))
    (tmp_path / "there").mkdir()
    link = tmp_path / "link.zarr"
    link.symlink_to("there/e.zarr")
    line = ["gld-embed", rows, "-c", "pixels:8", "--images", str(tmp_path), "-o", str(link)]
    for _ in range(2):
        assert run(line).stdout == f"{link}\n"
    assert link.is_symlink()
    assert listed(tmp_path / "there") == ["e.zarr"]
    assert listed(tmp_path) == ["a.jpg", "b.jpg", "l.tsv", "link.zarr", "there"]


@pytest.mark.parametrize(
    "line", ["split none.tsv", "google none", "resize none.tsv --images .", "download countries"]
)
@pytest.mark.parametrize(
    ("target", "kind"),
    [("/dev/null", "a device or a pipe"), ("pipe", "a device or a pipe"), ("x.txt", "a file")],
)
def test_a_folder_is_not_written_over_a_file_or_a_device(line, target, kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    Path("x.txt").touch()
    result = run(["gld-lists", *line.split(), "-o", target])
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == (
        f"Error: Invalid value for '-o' / '--output': {target}: is {kind}, expected a folder's "
        "name; give another."
    )
