"""Files larger than any image are refused by every source, and are not read whole."""

import fsspec
import pytest
from gld_shared.errors import DataError
from gld_shared.images.sources import SourceError
from gld_shared.testing.file_server import FileServer
from gld_shared.testing.sources import make_folder, make_tar, opened

FILES = {"small.jpg": b"s" * 1000, "large.jpg": b"l" * 1001, "empty.jpg": b""}
WHY = "more than 0 MB, expected an image file; make it smaller or leave it out"


@pytest.fixture(autouse=True)
def at_most_1000_bytes(monkeypatch):
    monkeypatch.setattr("gld_shared.images.read_file.MAX_BYTES", 1000)


@pytest.fixture
def server(tmp_path):
    with FileServer(tmp_path) as running:
        yield running


@pytest.mark.parametrize("images", ["photos", "x.tar", "URL/photos", "URL/x.tar"])
def test_only_the_large_file_is_refused(tmp_path, monkeypatch, server, images):
    make_folder(tmp_path / "photos", FILES)
    make_tar(tmp_path / "x.tar", FILES)
    monkeypatch.chdir(tmp_path)
    check(images.replace("URL", server.url), tmp_path)


def test_a_storage_of_objects(tmp_path):
    files = fsspec.filesystem("memory")
    for name, data in FILES.items():
        files.pipe_file(f"/photos/{name}", data)
    check("memory://photos", tmp_path)


def check(images, folder):
    with opened(images, folder) as source:
        source.expect(list(FILES))
        assert source.read("small.jpg") == FILES["small.jpg"]
        assert source.read("empty.jpg") == b""
        with pytest.raises(DataError) as caught:
            source.read("large.jpg")
        assert str(caught.value) == f"{source.name_of('large.jpg')}: {WHY}"
        assert not isinstance(caught.value, SourceError)
