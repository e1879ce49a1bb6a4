"""Sources of images: folders, tars and URLs give the same bytes, or one clear error."""

import io
import shutil
import subprocess
import sys
import tarfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import fsspec
import numpy as np
import pytest
from gld_shared.errors import DataError
from gld_shared.images.sources import SourceError, open_source, remote_files
from gld_shared.images.sources.braces import expand_braces
from gld_shared.images.sources.read_ahead import Part
from gld_shared.images.sources.tar_headers import key_of, scan_members
from gld_shared.testing.file_server import FileServer
from hypothesis import given
from hypothesis import strategies as st

FILES = {f"0/{i % 3}/{i}.jpg": bytes([i]) * (i * 700 + 1) for i in range(20)}


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A server of ``tmp_path / "www"``, of which another try is made at once."""
    monkeypatch.setattr(remote_files, "PAUSES", (0.0, 0.0))
    (tmp_path / "www").mkdir()
    with FileServer(tmp_path / "www") as running:
        yield running


def make_tar(path: Path, files=FILES, form: int = tarfile.GNU_FORMAT, prefix: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w", format=form) as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(prefix + name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


def make_folder(path: Path) -> Path:
    for name, data in FILES.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def work(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir(exist_ok=True)
    return tmp_path / "work"


def opened(images: object, tmp_path: Path):
    return closing(open_source(str(images), work(tmp_path)))


def check_all(images: object, tmp_path: Path, files=FILES) -> None:
    """All files are read as several threads would, expected or not."""
    with opened(images, tmp_path) as source, ThreadPoolExecutor(3) as pool:
        assert list(pool.map(source.read, files)) == list(files.values())
        source.expect(list(files))
        assert list(pool.map(source.read, files)) == list(files.values())


def failure(images: object, tmp_path: Path, path: str = "0/0/0.jpg") -> Exception:
    with pytest.raises(DataError) as error, opened(images, tmp_path) as source:
        source.read(path)
    return error.value


def parts(files) -> tuple[dict, dict]:
    names = list(files)
    return tuple({name: files[name] for name in names[at::2]} for at in (0, 1))


# --- names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x.tar", ["x.tar"]),
        ("{008..010}.tar", ["008.tar", "009.tar", "010.tar"]),
        ("{8..10}", ["8", "9", "10"]),
        ("{2..1}", ["2", "1"]),
        ("{train,index}/{0..1}", ["train/0", "train/1", "index/0", "index/1"]),
        ("{one}.tar", ["{one}.tar"]),
    ],
)
def test_braces(text, names):
    assert expand_braces(text) == names


# --- tars


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("prefix", ["", "./"])
def test_a_tar_gives_the_bytes_of_its_members(tmp_path, form, prefix):
    check_all(make_tar(tmp_path / "x.tar", form=form, prefix=prefix), tmp_path)


def test_long_and_foreign_names(tmp_path):
    files = {f"{'long/' * 40}é.jpg": b"1", "日本.jpg": b"22"}
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        check_all(make_tar(tmp_path / f"{form}.tar", files, form), tmp_path, files)


def test_a_range_of_tars_is_one_source(tmp_path):
    for number, files in enumerate(parts(FILES)):
        make_tar(tmp_path / f"images_{number:03}.tar", files)
    check_all(tmp_path / "images_{000..001}.tar", tmp_path)


def test_a_tar_stands_for_the_folder_that_it_lies_in(tmp_path):
    """As GLDv2's own archives want it: members 0/1/2/x.jpg, paths train/0/1/2/x.jpg."""
    make_tar(tmp_path / "train" / "images_000.tar", {"0/a.jpg": b"train"})
    make_tar(tmp_path / "index" / "images_000.tar", {"0/a.jpg": b"index"})
    expected = {"train/0/a.jpg": b"train", "index/0/a.jpg": b"index"}
    check_all(tmp_path / "{train,index}" / "images_{000..000}.tar", tmp_path, expected)
    # Another folder's name is not dropped: that could give another image.
    assert "no such file" in str(failure(tmp_path / "train/images_000.tar", tmp_path, "x/0/a.jpg"))


def test_a_member_in_two_tars_is_an_error_that_ends_the_run(tmp_path):
    first, second = (make_tar(tmp_path / f"{name}.tar", {"a.jpg": b"1"}) for name in "xy")
    error = failure(tmp_path / "{x,y}.tar", tmp_path, "a.jpg")
    assert isinstance(error, SourceError)
    assert str(error) == f"a.jpg: both in {first} and in {second}; name one of them only"


def test_of_a_member_twice_in_a_tar_the_last_counts(tmp_path):
    path = make_tar(tmp_path / "x.tar", {"a.jpg": b"old"})
    with tarfile.open(path, "a") as tar:
        member = tarfile.TarInfo("a.jpg")
        member.size = 3
        tar.addfile(member, io.BytesIO(b"new"))
    check_all(path, tmp_path, {"a.jpg": b"new"})


def test_a_path_that_no_tar_holds_is_one_unreadable_image(tmp_path):
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
        patched.setattr("gld_shared.images.sources.tar_tables.scan_members", None)
        check_all(path, tmp_path)
    make_tar(path, {"a.jpg": b"other"})
    check_all(path, tmp_path, {"a.jpg": b"other"})


SCAN = """
import sys
from pathlib import Path
from gld_shared.images.sources import archives

scan = archives.scan_members

def noted(stream, name):
    with open(sys.argv[2], "a") as notes:
        notes.write(name + "\\n")
    return scan(stream, name)

archives.scan_members = noted
files = sorted(Path(sys.argv[1]).glob("*.tar"))
opened = [archives.Archive(str(one), 1, "", lambda one=one: one.open("rb")) for one in files]
sys.stdin.readline()
tables = archives.members_of(opened, Path(sys.argv[3]))
print(sum(map(len, tables)))
"""


def test_processes_share_the_indexing(tmp_path):
    for number in range(20):
        make_tar(tmp_path / f"{number}.tar")
    arguments = [sys.executable, "-c", SCAN, tmp_path, tmp_path / "notes", work(tmp_path)]
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


def test_a_tar_that_shrinks_while_it_is_read(tmp_path):
    path = make_tar(tmp_path / "x.tar")
    with opened(path, tmp_path) as source:
        path.write_bytes(path.read_bytes()[:600])
        with pytest.raises(SourceError, match="the archive is shorter than when it was indexed"):
            source.read("0/1/19.jpg")


@pytest.mark.parametrize("name", ["x.tar.gz", "x.tgz", "https://host/x.tar.gz"])
def test_a_compressed_tar(tmp_path, name):
    assert str(failure(name, tmp_path)) == (
        f"{name}: compressed, so no image in it can be read without all before it; "
        "unpack it to a plain .tar, with gunzip for one"
    )


def test_a_tar_that_is_missing(tmp_path):
    error = failure(tmp_path / "x.tar", tmp_path)
    assert str(error) == f"{tmp_path / 'x.tar'}: cannot be read: No such file or directory"


@given(st.lists(st.integers(0, 9), max_size=30))
def test_members_against_tarfile(names):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for at, name in enumerate(names):
            member = tarfile.TarInfo(f"{name}.jpg")
            member.size = at
            tar.addfile(member, io.BytesIO(bytes(at)))
    stream.seek(0)
    members = scan_members(stream, "x.tar")
    assert (np.diff(members["key"].astype(object)) > 0).all()
    stream.seek(0)
    with tarfile.open(fileobj=stream) as tar:
        expected = {key_of(one.name): (one.offset_data, one.size) for one in tar}
    found = {int(key): (int(start), int(size)) for key, start, size in members}
    assert found == expected


def test_a_folder_that_is_not_there(tmp_path):
    shutil.rmtree(tmp_path / "photos", ignore_errors=True)
    assert str(failure(tmp_path / "photos", tmp_path)) == (
        f"{tmp_path / 'photos'}: not a folder; expected the one that the list's paths begin in, "
        "a .tar, or a URL of either"
    )


# --- URLs


def test_a_tar_behind_a_url(tmp_path, server):
    for number, files in enumerate(parts(FILES)):
        make_tar(server.folder / f"images_{number:03}.tar", files)
    check_all(f"{server.url}/images_{{000..001}}.tar?signed=x", tmp_path)


def test_a_folder_behind_a_url(tmp_path, server):
    make_folder(server.folder / "photos")
    (server.folder / "photos" / "50% é #1.jpg").write_bytes(b"odd")
    check_all(f"{server.url}/photos/", tmp_path, {**FILES, "50% é #1.jpg": b"odd"})


def test_any_scheme_of_fsspec(tmp_path):
    files = fsspec.filesystem("memory")
    files.store.clear()
    for name, data in FILES.items():
        files.pipe_file(f"/photos/{name}", data)
    files.pipe_file("/train/x.tar", make_tar(tmp_path / "x.tar").read_bytes())
    check_all("memory://photos", tmp_path)
    check_all("memory://train/x.tar", tmp_path)
    assert "memory://photos/none.jpg: not there" in str(
        failure("memory://photos", tmp_path, "none.jpg")
    )


def test_neighbouring_members_come_in_one_request(tmp_path, server):
    make_tar(server.folder / "x.tar")
    with opened(f"{server.url}/x.tar", tmp_path) as source:
        server.gets.clear()
        source.expect(list(FILES))
        assert [source.read(path) for path in FILES] == list(FILES.values())
        assert len(server.gets) == 1


@pytest.mark.parametrize("what", ["x.tar", "photos"])
def test_a_failure_that_passes_is_not_noticed(tmp_path, server, what):
    make_tar(server.folder / "x.tar")
    make_folder(server.folder / "photos")
    with opened(f"{server.url}/{what}", tmp_path) as source:
        server.statuses += [503, 500]
        source.expect(["0/0/0.jpg"])
        assert source.read("0/0/0.jpg") == FILES["0/0/0.jpg"]


@pytest.mark.parametrize(("status", "times"), [(503, ", 3 times"), (403, "")])
def test_a_failure_that_stays_ends_the_run(tmp_path, server, status, times):
    make_tar(server.folder / "x.tar")
    url = f"{server.url}/x.tar"
    with opened(url, tmp_path) as source:
        server.statuses += [status] * 9
        source.expect(["0/0/0.jpg"])
        with pytest.raises(SourceError) as error:
            source.read("0/0/0.jpg")
    assert str(error.value) == (
        f"{url}: the server answered {status}{times}; what is complete stays, and the same command "
        "goes on from there (reading 0/0/0.jpg)"
    )


def test_a_server_that_is_not_there(tmp_path, server):
    url = server.url
    server.server_close()
    for images in (f"{url}/photos", f"{url}/x.tar"):
        error = failure(images, tmp_path)
        assert isinstance(error, SourceError)
        assert str(error).startswith(f"{images}") and ", 3 times; what is complete" in str(error)


def test_an_image_that_a_server_does_not_have_is_unreadable(tmp_path, server):
    error = failure(f"{server.url}/photos", tmp_path, "a b.jpg")
    assert not isinstance(error, SourceError)
    assert str(error) == (
        f"{server.url}/photos/a%20b.jpg: not there; check the address and the list's path"
    )


def test_a_tar_that_a_server_does_not_have_ends_the_run(tmp_path, server):
    error = failure(f"{server.url}/x.tar", tmp_path)
    assert isinstance(error, SourceError)
    assert str(error) == f"{server.url}/x.tar: not there; check the address and the list's path"


def test_a_server_that_sends_no_parts(tmp_path, server):
    make_tar(server.folder / "x.tar")
    server.has_ranges = False
    assert str(failure(f"{server.url}/x.tar", tmp_path)) == (
        f"{server.url}/x.tar: the server does not send parts of files (HTTP ranges); "
        "fetch the file, and name the local copy"
    )


def test_a_tar_cut_short_behind_a_url(tmp_path, server):
    path = make_tar(server.folder / "x.tar")
    path.write_bytes(path.read_bytes()[:5000])
    error = failure(f"{server.url}/x.tar", tmp_path)
    assert isinstance(error, SourceError)
    assert str(error).startswith(f"{server.url}/x.tar: not a whole, plain tar archive: ")


@pytest.mark.parametrize(
    ("scheme", "module", "package"),
    [("s3", "s3fs", "s3fs"), ("gs", "gcsfs", "gcsfs"), ("https", "aiohttp", "aiohttp")],
)
def test_a_scheme_whose_package_is_missing(tmp_path, monkeypatch, scheme, module, package):
    monkeypatch.setitem(sys.modules, module, None)
    # fsspec remembers what it has imported.
    monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, scheme, raising=False)
    assert str(failure(f"{scheme}://bucket/photos", tmp_path)) == (
        f"{scheme}://bucket/photos: {scheme}:// needs another package: pip install {package}"
    )


def test_a_scheme_that_nobody_knows(tmp_path):
    assert str(failure("gopher://host/photos", tmp_path)).startswith(
        "gopher://host/photos: gopher:// is unknown to fsspec; expected s3, gs, http"
    )


def test_nothing_is_asked_for_any_more_when_closed(server):
    (server.folder / "x.jpg").write_bytes(b"x")
    part = Part(f"{server.url}/x.jpg")
    asked = remote_files.Remote(part.url)
    assert asked.fetch(part) == b"x"
    asked.close()
    with pytest.raises(SourceError) as caught:
        asked.fetch(part)
    assert str(caught.value) == f"{part.url}: not asked for any more"
