"""Tar archives as sources of images: the bytes of their members, or one clear error."""

import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
from gld_shared.errors import DataError
from gld_shared.images.sources import SourceError
from gld_shared.images.sources.tars.headers import key_of, scan_members
from gld_shared.testing.sources import (
    check_all,
    failure,
    halves,
    make_tar,
    opened,
    work_folder,
)
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("prefix", ["", "./"])
def test_a_tar_gives_the_bytes_of_its_members(tmp_path, form, prefix):
    check_all(make_tar(tmp_path / "x.tar", form=form, prefix=prefix), tmp_path)


def test_long_and_foreign_names(tmp_path):
    files = {f"{'long/' * 40}é.jpg": b"1", "日本.jpg": b"22"}
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        check_all(make_tar(tmp_path / f"{form}.tar", files, form), tmp_path, files)


def test_members_whose_names_are_not_utf_8_do_no_harm(tmp_path):
    files = {"caf\udce9.jpg": b"1", "caf\udce9/2.jpg": b"22", "3.jpg": b"333"}
    check_all(make_tar(tmp_path / "x.tar", files), tmp_path, files)


def test_a_tar_in_a_folder_whose_name_is_not_utf_8(tmp_path, monkeypatch):
    (tmp_path / "caf\udce9").mkdir()
    monkeypatch.chdir(tmp_path / "caf\udce9")
    make_tar(Path("x.tar"))
    check_all("x.tar", tmp_path)


def test_a_range_of_tars_is_one_source(tmp_path):
    for number, files in enumerate(halves()):
        make_tar(tmp_path / f"images_{number:03}.tar", files)
    check_all(tmp_path / "images_{000..001}.tar", tmp_path)


def test_a_path_may_begin_with_the_folder_of_the_tar(tmp_path):
    """GLDv2's archives have members 0/1/2/x.jpg for paths train/0/1/2/x.jpg."""
    make_tar(tmp_path / "train" / "images_000.tar", {"0/a.jpg": b"train"})
    make_tar(tmp_path / "index" / "images_000.tar", {"0/a.jpg": b"index"})
    expected = {"train/0/a.jpg": b"train", "index/0/a.jpg": b"index"}
    check_all(tmp_path / "{train,index}" / "images_{000..000}.tar", tmp_path, expected)
    # Another folder's name is not dropped, or another image could be read.
    assert "no such file" in str(failure(tmp_path / "train/images_000.tar", tmp_path, "x/0/a.jpg"))


def test_a_member_in_two_tars_is_an_error_that_ends_the_run(tmp_path):
    first, second = (make_tar(tmp_path / f"{name}.tar", {"a.jpg": b"1"}) for name in "xy")
    error = failure(tmp_path / "{x,y}.tar", tmp_path, "a.jpg")
    assert isinstance(error, SourceError)
    assert str(error) == f"a.jpg: both in {first} and in {second}; name one of them only"


def test_the_last_of_two_members_of_a_name_counts(tmp_path):
    path = make_tar(tmp_path / "x.tar", {"a.jpg": b"old"})
    with tarfile.open(path, "a") as tar:
        member = tarfile.TarInfo("a.jpg")
        member.size = 3
        tar.addfile(member, io.BytesIO(b"new"))
    check_all(path, tmp_path, {"a.jpg": b"new"})


def test_a_path_in_no_tar_is_an_unreadable_image(tmp_path):
    path = make_tar(tmp_path / "x.tar")
    error = failure(path, tmp_path, "none.jpg")
    assert not isinstance(error, SourceError)
    assert str(error) == (
        f"{path}: none.jpg: no such file in the archive; expected the list's path, or what follows "
        "its first folder if the archive lies in a folder of that name"
    )


def test_the_index_is_made_once_and_notices_another_tar(tmp_path, monkeypatch):
    path = make_tar(tmp_path / "x.tar")
    check_all(path, tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr("gld_shared.images.sources.tars.table_cache.scan_members", None)
        check_all(path, tmp_path)
    make_tar(path, {"a.jpg": b"other"})
    check_all(path, tmp_path, {"a.jpg": b"other"})


SCAN = """
import sys
from pathlib import Path
from gld_shared.images.sources.tars import table_cache

scan = table_cache.scan_members

def noted(stream, name):
    with open(sys.argv[2], "a") as notes:
        notes.write(name + "\\n")
    return scan(stream, name)

table_cache.scan_members = noted
files = sorted(Path(sys.argv[1]).glob("*.tar"))
Archive = table_cache.Archive
opened = [Archive(str(file), 1, "", lambda file=file: file.open("rb")) for file in files]
sys.stdin.readline()
tables = table_cache.members_of(opened, Path(sys.argv[3]))
print(sum(len(table.rows) for table in tables))
"""


def test_processes_share_the_indexing(tmp_path):
    for number in range(20):
        make_tar(tmp_path / f"{number}.tar")
    arguments = [sys.executable, "-c", SCAN, tmp_path, tmp_path / "notes", work_folder(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    running = [subprocess.Popen([*map(str, arguments)], **pipes) for _ in range(3)]
    for process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate()[0] for process in running] == ["400\n"] * 3
    scanned = (tmp_path / "notes").read_text().splitlines()
    assert sorted(scanned) == sorted(str(tmp_path / f"{number}.tar") for number in range(20))


@pytest.mark.parametrize("kept", [300, 2000, -600, -1024])
def test_a_tar_cut_short_is_an_error_at_once(tmp_path, kept):
    path = make_tar(tmp_path / "x.tar")
    data = path.read_bytes().rstrip(b"\0") + bytes(1024)
    path.write_bytes(data[:kept])
    error = failure(path, tmp_path)
    assert isinstance(error, SourceError)
    assert str(error).startswith(f"{path}: not a whole, plain tar archive: ")
    assert str(error).endswith("; fetch or make it again")


@pytest.mark.parametrize("how", ["cut", "replaced"])
def test_a_tar_that_changes_while_it_is_read(tmp_path, how):
    path = make_tar(tmp_path / "x.tar", {"a.jpg": b"1", "b.jpg": b"2"})
    with opened(path, tmp_path) as source:
        if how == "cut":
            path.write_bytes(path.read_bytes()[:600])
        else:
            other = make_tar(tmp_path / "other.tar", {"b.jpg": b"2", "a.jpg": b"1"})
            os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
            other.replace(path)
        with pytest.raises(SourceError) as caught:
            source.read("b.jpg")
    assert str(caught.value) == (
        f"{path}: b.jpg: the archive has changed since it was indexed; let nothing write to it, "
        "and run the command again"
    )
    if how == "replaced":
        with opened(path, tmp_path) as source:
            assert source.read("b.jpg") == b"2"


def test_sparse_members_are_named(tmp_path):
    sparse, plain = tmp_path / "a.jpg", tmp_path / "b.jpg"
    plain.write_bytes(b"1" * 600)
    sparse.write_bytes(b"old")
    make = ["tar", "-C", tmp_path, "-f", tmp_path / "x.tar"]
    subprocess.run([*make, "-c", "a.jpg", "b.jpg"], check=True)
    with sparse.open("wb") as stream:
        stream.write(b"new")
        stream.truncate(4_000_000)
    subprocess.run([*make, "-rS", "a.jpg"], check=True)
    with opened(tmp_path / "x.tar", tmp_path) as source:
        assert source.read("b.jpg") == b"1" * 600
        with pytest.raises(DataError) as caught:
            source.read("a.jpg")
    assert str(caught.value) == (
        f"{tmp_path / 'x.tar'}: a.jpg: stored as a sparse file; make the archive without tar "
        "--sparse"
    )


def test_the_name_as_it_stands_comes_before_that_without_the_folder(tmp_path):
    (tmp_path / "train").mkdir()
    files = {"a.jpg": b"1", "train/a.jpg": b"22", "b.jpg": b"333"}
    path = make_tar(tmp_path / "train" / "x.tar", files)
    with opened(path, tmp_path) as source:
        names = ["a.jpg", "train/a.jpg", "train/b.jpg"]
        assert [source.read(name) for name in names] == [b"1", b"22", b"333"]


@pytest.mark.parametrize("name", ["x.tar.gz", "x.tgz", "https://host/x.tar.gz"])
def test_a_compressed_tar(tmp_path, name):
    assert str(failure(name, tmp_path)) == (
        f"{name}: compressed, so no image in it can be read without all before it; "
        "unpack it to a plain .tar, for example with gunzip"
    )


def test_a_tar_that_is_missing(tmp_path):
    error = failure(tmp_path / "x.tar", tmp_path)
    assert str(error) == f"{tmp_path / 'x.tar'}: cannot be read: No such file or directory"


@pytest.mark.parametrize("is_link", [False, True])
def test_a_pipe_in_place_of_a_tar_is_not_waited_for(tmp_path, is_link):
    os.mkfifo(tmp_path / ("pipe" if is_link else "x.tar"))
    if is_link:
        (tmp_path / "x.tar").symlink_to("pipe")
    error = failure(tmp_path / "x.tar", tmp_path)
    assert str(error) == f"{tmp_path / 'x.tar'}: a named pipe, expected a regular file"


def test_a_device_in_place_of_a_tar(tmp_path):
    (tmp_path / "x.tar").symlink_to("/dev/zero")
    error = failure(tmp_path / "x.tar", tmp_path)
    assert str(error) == f"{tmp_path / 'x.tar'}: a device, expected a regular file"


def test_a_folder_among_tars(tmp_path):
    (tmp_path / "x0.tar").mkdir()
    error = failure(tmp_path / "x{0..0}.tar", tmp_path)
    assert str(error) == f"{tmp_path / 'x0.tar'}: a folder, expected a regular file"


@given(st.lists(st.integers(0, 9), max_size=30))
def test_members_against_tarfile(names):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for at, name in enumerate(names):
            member = tarfile.TarInfo(f"{name}.jpg")
            member.size = at
            tar.addfile(member, io.BytesIO(bytes(at)))
    stream.seek(0)
    members = scan_members(stream, "x.tar").rows
    assert (np.diff(members["key"].astype(object)) > 0).all()
    stream.seek(0)
    with tarfile.open(fileobj=stream) as tar:
        expected = {key_of(member.name): (member.offset_data, member.size) for member in tar}
    found = {int(key): (int(start), int(size)) for key, start, size in members}
    assert found == expected
