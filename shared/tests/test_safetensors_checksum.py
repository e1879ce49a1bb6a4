"""The checksum of a safetensors file: any damage to the file is noticed."""

import json

import google_crc32c
import pytest
import torch
from gld_shared.errors import DataError
from gld_shared.safetensors_checksum import check_checksum, with_checksum
from hypothesis import given
from hypothesis import strategies as st
from safetensors import SafetensorError
from safetensors.torch import load, load_file, save, save_file

TENSORS = {"a": torch.arange(300.0), "b": torch.ones(2, 3)}
METADATA = {"z": "1", "config": json.dumps({"crc32c": "00000000"}), "crc32c_of": "x"}
FILE = with_checksum(save(TENSORS, METADATA))


def header(data):
    length = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + length])


def test_the_file_is_the_same_but_for_the_checksum():
    metadata = header(FILE)["__metadata__"]
    digits = metadata["crc32c"]
    zeroed = FILE.replace(f'"{digits}"'.encode(), b'"00000000"')
    assert digits == f"{google_crc32c.value(zeroed):08x}"
    assert metadata == {**METADATA, "crc32c": digits}
    assert list(header(FILE)["__metadata__"]) == ["config", "crc32c", "crc32c_of", "z"]
    for name, tensor in load(FILE).items():
        assert tensor.equal(TENSORS[name])
    assert set(header(with_checksum(save(TENSORS)))["__metadata__"]) == {"crc32c"}


def test_a_file_without_a_checksum_is_whole(tmp_path):
    save_file(TENSORS, tmp_path / "a")
    check_checksum(tmp_path / "a")


@given(place=st.integers(0, len(FILE) - 1), bits=st.integers(1, 255))
def test_any_changed_byte_is_noticed(tmp_path_factory, place, bits):
    path = tmp_path_factory.getbasetemp() / "changed"
    path.write_bytes(FILE[:place] + bytes([FILE[place] ^ bits]) + FILE[place + 1 :])
    try:
        load_file(path)
    except (SafetensorError, OSError):
        return
    with pytest.raises(DataError) as caught:
        check_checksum(path)
    assert str(caught.value) == (
        f"{path}: does not match its checksum; the file is damaged, copy or make it again"
    )


@pytest.mark.parametrize("at", range(len("crc32c")))
def test_any_changed_byte_of_the_key_is_noticed(tmp_path, at):
    place = FILE.index(b'"crc32c":"') + 1 + at
    noticed = 0
    for byte in range(256):
        changed = FILE[:place] + bytes([byte]) + FILE[place + 1 :]
        (tmp_path / "a").write_bytes(changed)
        try:
            load(changed)
            check_checksum(tmp_path / "a")
        except (SafetensorError, DataError):
            noticed += 1
    assert noticed == 255


def test_an_unchanged_file_matches(tmp_path):
    (tmp_path / "a").write_bytes(FILE)
    check_checksum(tmp_path / "a")
