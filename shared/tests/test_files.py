import hashlib
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from gld_shared.atomic_folder import atomic_folder
from gld_shared.errors import DataError
from gld_shared.files import atomic_file, open_input, open_output
from gld_shared.output_targets import is_stream
from gld_shared.sha256 import sha256


def test_a_failed_output_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "x.tsv"
    target.write_bytes(b"old")
    with pytest.raises(RuntimeError), open_output(target) as stream:
        stream.write(b"half")
        raise RuntimeError
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_an_output_in_a_missing_folder_is_a_clear_error(tmp_path):
    target = tmp_path / "none" / "x.tsv"
    with pytest.raises(DataError) as caught, open_output(target):
        pass
    assert (
        str(caught.value)
        == f"{target}: cannot be written: there is no folder {target.parent}; make it"
    )


def test_the_name_of_a_folder_is_not_that_of_a_file(tmp_path):
    for target in (str(tmp_path), f"{tmp_path}/none/", f"{tmp_path}/x.tsv/"):
        with pytest.raises(DataError) as caught, open_output(target):
            pass
        assert str(caught.value) == (
            f"{target}: cannot be written: it is a folder, expected a file's name"
        )
    assert list(tmp_path.iterdir()) == []


def test_a_device_is_written_to_and_not_replaced(tmp_path):
    link = tmp_path / "null"  # a link, so that a fault replaces the link, not the device
    link.symlink_to(os.devnull)
    with open_output(link) as stream:
        stream.write(b"lost")
    assert link.is_symlink()
    assert list(tmp_path.iterdir()) == [link]


def test_a_named_pipe_is_written_to_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit(pipe.read_bytes)
        with open_output(pipe) as stream:
            stream.write(b"whole")
        assert read.result() == b"whole"
    assert pipe.is_fifo()
    assert is_stream(pipe)
    assert list(tmp_path.iterdir()) == [pipe]


def test_an_endless_device_is_not_read():
    with pytest.raises(DataError) as caught, open_input("/dev/zero"):
        pass
    assert str(caught.value) == "/dev/zero: a device, expected a file or a pipe"
    with open_input(os.devnull) as stream:
        assert stream.read() == b""


def test_sha256_of_a_file_and_of_a_folder(tmp_path):
    (tmp_path / "a").write_bytes(b"x")
    assert sha256(tmp_path / "a") == hashlib.sha256(b"x").hexdigest()
    before = sha256(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert sha256(tmp_path) != before


def test_a_file_appears_when_its_block_ends(tmp_path):
    final = tmp_path / "x"
    with atomic_file(final) as stream:
        stream.write(b"whole")
        assert not final.exists()
    assert final.read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [final]


def test_outputs_have_the_permissions_of_other_new_files(tmp_path):
    (tmp_path / "plain").touch()
    with open_output(tmp_path / "x"), atomic_folder(tmp_path / "folder"):
        pass
    (tmp_path / "plain folder").mkdir()
    for made, plain in (("x", "plain"), ("folder", "plain folder")):
        assert (tmp_path / made).stat().st_mode == (tmp_path / plain).stat().st_mode


def test_the_digest_of_a_folder_covers_folders_that_are_links(tmp_path):
    folder, elsewhere = tmp_path / "a", tmp_path / "elsewhere"
    for each in (folder, elsewhere):
        each.mkdir()
    (elsewhere / "x").write_bytes(b"1")
    (folder / "part").symlink_to(elsewhere)
    before = sha256(folder)
    (elsewhere / "x").write_bytes(b"2")
    assert sha256(folder) != before
