"""Sidecars: plain JSON in which every damage is noticed, and those of older releases."""

import json
from pathlib import Path

import pytest
from gld_search.approximate.sidecar_json import read_sidecar_json, write_sidecar_json
from gld_shared.checked_json import DamagedFileError, write_checked_json

SIDECAR = {
    "format": "gld-faiss/1",
    "files": [
        {
            **{"sha256": "0a", "bytes": 1645, "images": 50, "factory": "Flat", "seed": 3},
            **{"trained_on": 50, "faiss": "1.12.0"},
            "stores": [[{"path": "é.zarr", "sha256": "0b", "images": 50}]],
        }
    ],
}


@pytest.fixture
def file(tmp_path) -> Path:
    write_sidecar_json(tmp_path / "i.faiss.json", SIDECAR)
    return tmp_path / "i.faiss.json"


def test_a_sidecar_is_plain_json(file):
    assert read_sidecar_json(file) == SIDECAR
    written = json.loads(file.read_bytes())
    assert (list(written), len(written["sha256"])) == (["format", "files", "sha256"], 64)
    file.write_text(json.dumps(written))
    assert read_sidecar_json(file) == SIDECAR


def test_every_flipped_byte_and_every_cut_is_noticed(file):
    whole = file.read_bytes()
    flipped = [whole[:at] + bytes([byte ^ 4]) + whole[at + 1 :] for at, byte in enumerate(whole)]
    cut = [whole[:size] for size in range(len(whole) - 1)]
    for content in (*flipped, *cut):
        file.write_bytes(content)
        with pytest.raises(DamagedFileError):
            read_sidecar_json(file)


def test_a_sidecar_of_an_older_release_has_its_checksum_in_a_last_line(file):
    write_checked_json(file, SIDECAR)
    assert read_sidecar_json(file) == SIDECAR
    file.write_bytes(file.read_bytes().replace(b"50", b"51", 1))
    with pytest.raises(DamagedFileError) as caught:
        read_sidecar_json(file)
    assert str(caught.value) == f"{file}: does not match its checksum"


def test_a_sidecar_without_a_digest_is_damaged(file):
    file.write_text(json.dumps(SIDECAR))
    with pytest.raises(DamagedFileError) as caught:
        read_sidecar_json(file)
    assert str(caught.value) == f"{file}: sha256: missing, expected a string"
