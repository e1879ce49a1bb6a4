"""URLs as sources of images: retries, and clear errors."""

import socket
import sys
from concurrent.futures import ThreadPoolExecutor

import fsspec
import pytest
from gld_shared.images.sources import SourceError, remote_files
from gld_shared.images.sources.read_ahead import Part
from gld_shared.testing.file_server import FileServer
from gld_shared.testing.sources import (
    FILES,
    check_all,
    failure,
    halves,
    make_folder,
    make_linked_tar,
    make_tar,
    opened,
)


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A server of ``tmp_path / "www"``, whose failures are retried at once."""
    monkeypatch.setattr(remote_files, "PAUSES", (0.0, 0.0))
    (tmp_path / "www").mkdir()
    with FileServer(tmp_path / "www") as running:
        yield running


def test_a_tar_behind_a_url(tmp_path, server):
    for number, files in enumerate(halves()):
        make_tar(server.folder / f"images_{number:03}.tar", files)
    check_all(f"{server.url}/images_{{000..001}}.tar?signed=x", tmp_path)


def test_links_in_a_tar_behind_a_url(tmp_path, server):
    links = ("b.jpg", "hard", "0/a.jpg"), ("c.jpg", "symbolic", "b.jpg")
    make_linked_tar(server.folder / "x.tar", ("0/a.jpg", b"the picture"), *links)
    names = ("0/a.jpg", "b.jpg", "c.jpg")
    check_all(f"{server.url}/x.tar", tmp_path, dict.fromkeys(names, b"the picture"))


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


def test_neighbouring_members_are_fetched_in_one_request(tmp_path, server):
    make_tar(server.folder / "x.tar")
    with opened(f"{server.url}/x.tar", tmp_path) as source:
        server.gets.clear()
        source.expect(list(FILES))
        assert [source.read(path) for path in FILES] == list(FILES.values())
        assert len(server.gets) == 1


@pytest.mark.parametrize("what", ["x.tar", "photos"])
def test_a_temporary_failure_is_retried(tmp_path, server, what):
    make_tar(server.folder / "x.tar")
    make_folder(server.folder / "photos")
    with opened(f"{server.url}/{what}", tmp_path) as source:
        server.statuses += [503, 500]
        source.expect(["0/0/0.jpg"])
        assert source.read("0/0/0.jpg") == FILES["0/0/0.jpg"]


@pytest.mark.parametrize(("status", "times"), [(503, ", 3 times"), (403, "")])
def test_a_lasting_failure_ends_the_run(tmp_path, server, status, times):
    make_tar(server.folder / "x.tar")
    url = f"{server.url}/x.tar"
    with opened(url, tmp_path) as source:
        server.statuses += [status] * 9
        source.expect(["0/0/0.jpg"])
        with pytest.raises(SourceError) as error:
            source.read("0/0/0.jpg")
    assert str(error.value) == (
        f"{url}: the server answered {status}{times}; complete work is kept, and the same command "
        "resumes from there (reading 0/0/0.jpg)"
    )


def test_a_server_that_is_not_there(tmp_path, server):
    url = server.url
    server.server_close()
    for images in (f"{url}/photos", f"{url}/x.tar"):
        error = failure(images, tmp_path)
        assert isinstance(error, SourceError)
        assert str(error).startswith(f"{images}") and ", 3 times; complete work" in str(error)


NO_ANSWER = (
    "; check the address and the network, or fetch the files and name the local folder or archive"
)


@pytest.fixture
def silent(monkeypatch):
    """The place of a server that accepts connections and says nothing."""
    monkeypatch.setattr(remote_files, "FIRST_ANSWER", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as running:
        yield f"127.0.0.1:{running.getsockname()[1]}"


@pytest.mark.parametrize("images", ["x.tar", "photos"])
def test_a_server_that_never_answers_is_given_up_soon(tmp_path, silent, images):
    url = f"http://{silent}/{images}"
    error = failure(url, tmp_path, "a.jpg")
    assert isinstance(error, SourceError)
    asked = url if images == "x.tar" else f"{url}/a.jpg"
    assert str(error) == f"{asked}: no answer in time{NO_ANSWER}"


def test_a_silent_ftp_server(tmp_path, silent):
    url = f"ftp://{silent}/photos"
    assert str(failure(url, tmp_path)) == f"{url}: no answer within 0.5 seconds{NO_ANSWER}"


def test_an_ftp_server_that_is_not_there(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"ftp://127.0.0.1:{free.getsockname()[1]}/photos"
        assert str(failure(url, tmp_path)) == f"{url}: [Errno 111] Connection refused{NO_ANSWER}"


def test_a_storage_without_credentials(tmp_path, monkeypatch):
    def refuse(*arguments, **options):
        raise PermissionError("no credentials\nwere found")

    monkeypatch.setattr("gld_shared.images.sources.fsspec_storage.url_to_fs", refuse)
    assert str(failure("gs://bucket/x", tmp_path)) == (
        f"gs://bucket/x: no credentials were found{NO_ANSWER}"
    )


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
    # fsspec caches its imports.
    monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, scheme, raising=False)
    assert str(failure(f"{scheme}://bucket/photos", tmp_path)) == (
        f"{scheme}://bucket/photos: {scheme}:// needs another package: pip install {package}"
    )


def test_an_unknown_scheme(tmp_path):
    assert str(failure("gopher://host/photos", tmp_path)).startswith(
        "gopher://host/photos: gopher:// is unknown to fsspec; expected s3, gs, http"
    )


def test_a_closed_source_requests_nothing(server):
    (server.folder / "x.jpg").write_bytes(b"x")
    part = Part(f"{server.url}/x.jpg")
    remote = remote_files.Remote(part.url)
    assert remote.fetch(part) == b"x"
    remote.close()
    with pytest.raises(SourceError) as caught:
        remote.fetch(part)
    assert str(caught.value) == f"{part.url}: no longer requested"


def test_a_closed_source_gives_up_a_server_that_is_silent():
    with socket.create_server(("127.0.0.1", 0)) as silent, ThreadPoolExecutor(1) as pool:
        silent.settimeout(60)
        part = Part(f"http://127.0.0.1:{silent.getsockname()[1]}/x.jpg")
        remote = remote_files.Remote(part.url)
        answer = pool.submit(remote.fetch, part)
        with silent.accept()[0]:
            remote.close()
            # Far below the 60 seconds after which a silent server is given up.
            error = answer.exception(20)
    assert isinstance(error, SourceError)
    assert str(error) == f"{part.url}: no longer requested"
