"""JSON files with a checksum: every damage is noticed."""

import os
from typing import Any

import pytest
from gld_shared.checked_json import DamagedFileError, read_checked_json, write_checked_json

VALUE = {"é": [1, 2.5, None], "rows": {"3": "empty, expected an image"}}


def test_a_value_is_read_as_it_was_written(tmp_path):
    file = tmp_path / "note.json"
    write_checked_json(file, VALUE)
    assert read_checked_json(file, dict[str, Any]) == VALUE
    assert list(tmp_path.iterdir()) == [file]


def test_every_flipped_byte_and_every_cut_is_noticed(tmp_path):
    file = tmp_path / "note.json"
    write_checked_json(file, VALUE)
    whole = file.read_bytes()
    damages = [whole[:place] + bytes([byte ^ 4]) + whole[place + 1 :]
               for place, byte in enumerate(whole)]  # fmt: skip
    for content in (*damages, *(whole[:size] for size in range(len(whole)))):
        file.write_bytes(content)
        try:
            # Cut just before the checksum, the value is whole, as in a file of an older release.
            assert read_checked_json(file, dict[str, Any]) == VALUE
            assert content.rstrip() == whole.partition(b"\nsha256 ")[0]
        except DamagedFileError:
            pass


@pytest.mark.parametrize("content", [b"", b"[" * 100_000, b"\xff", b'{"a": ', b"[1]"])
def test_what_is_not_json_is_damaged(tmp_path, content):
    file = tmp_path / "note.json"
    file.write_bytes(content)
    with pytest.raises(DamagedFileError):
        read_checked_json(file, dict[str, Any])


def test_what_may_block_or_never_end_is_not_read(tmp_path):
    pipe, endless, huge = tmp_path / "pipe", tmp_path / "endless", tmp_path / "huge"
    os.mkfifo(pipe)
    endless.symlink_to("/dev/zero")
    with huge.open("wb") as stream:
        stream.truncate(20 << 30)
    for file, fault in (
        (pipe, "is a named pipe, expected a regular file"),
        (endless, "is a device, expected a regular file"),
        (huge, "21,474,836,480 bytes, expected at most 67,108,864"),
    ):
        with pytest.raises(DamagedFileError) as caught:
            read_checked_json(file, dict[str, Any])
        assert str(caught.value) == f"{file}: {fault}"
