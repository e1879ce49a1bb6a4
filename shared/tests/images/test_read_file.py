"""Image files are regular files of at most 1 GB; nothing else at a path is read, or waited for."""

import os
import socket

import pytest
from gld_shared.errors import DataError
from gld_shared.images.errors import MissingImageError
from gld_shared.images.read_file import MAX_BYTES, read_image_file


def refused(path):
    with pytest.raises(DataError) as caught:
        read_image_file(path)
    return str(caught.value)


def test_a_regular_file_and_a_link_to_it(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"image")
    (tmp_path / "b.jpg").symlink_to("a.jpg")
    assert read_image_file(tmp_path / "a.jpg") == b"image"
    assert read_image_file(tmp_path / "b.jpg") == b"image"


def test_a_named_pipe(tmp_path):
    path = tmp_path / "a.jpg"
    os.mkfifo(path)
    assert refused(path) == f"{path}: a named pipe, expected a regular file"


def test_a_device(tmp_path):
    path = tmp_path / "a.jpg"
    path.symlink_to("/dev/zero")
    assert refused(path) == f"{path}: a device, expected a regular file"


def test_a_socket(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("a.jpg")
        path = tmp_path / "a.jpg"
        assert refused(path) == f"{path}: a socket, expected a regular file"


def test_a_folder_and_nothing(tmp_path):
    assert refused(tmp_path) == f"{tmp_path}: cannot be read: Is a directory"
    with pytest.raises(MissingImageError) as caught:
        read_image_file(tmp_path / "a.jpg")
    assert str(caught.value) == f"{tmp_path / 'a.jpg'}: cannot be read: No such file or directory"


def test_a_file_that_is_too_large(tmp_path):
    path = tmp_path / "a.jpg"
    with path.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    assert refused(path) == (
        f"{path}: more than 1000 MB, expected an image file; make it smaller or leave it out"
    )
