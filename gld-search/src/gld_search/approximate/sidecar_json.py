"""Sidecars as plain JSON, whose last key is a digest of the others, so that damage is noticed."""

import json
from pathlib import Path
from typing import Literal, TypedDict

from gld_shared.checked_json import DamagedFileError, read_checked_json
from gld_shared.file_kinds import UnexpectedFileError, read_regular_file
from gld_shared.files import atomic_file
from gld_shared.json_parser import MAXIMUM_BYTES, JsonFault, json_value
from gld_shared.store.digests import digest_of

FORMAT: Literal["gld-faiss/1"] = "gld-faiss/1"


class StoreEntry(TypedDict):
    """A store whose vectors an index file holds, or a part of one."""

    path: str
    sha256: str
    images: int


class Description(TypedDict):
    """An index file: its digest and size, its making, and for each network the stores it is of."""

    sha256: str
    bytes: int
    images: int
    factory: str
    seed: int
    trained_on: int
    faiss: str
    stores: list[list[StoreEntry]]


class Sidecar(TypedDict):
    """A sidecar; while a file is replaced, it describes the old and the new one."""

    format: Literal["gld-faiss/1"]
    files: list[Description]


class _Digested(Sidecar):
    sha256: str


def write_sidecar_json(path: Path, sidecar: Sidecar) -> None:
    """Write a sidecar and its digest, whole or not at all, through to the disk."""
    digested: _Digested = {**sidecar, "sha256": _digest(sidecar)}
    with atomic_file(path, sync=True) as stream:
        stream.write(json.dumps(digested, indent=1).encode() + b"\n")


def read_sidecar_json(path: Path) -> Sidecar:
    """Read a sidecar.

    That of an older release has its checksum in a last line. Raises DamagedFileError for damage,
    OSError if the file is not readable.
    """
    try:
        content = read_regular_file(path, MAXIMUM_BYTES)
    except UnexpectedFileError as error:
        raise DamagedFileError(str(error)) from error
    if not content.rstrip().endswith(b"}"):
        return read_checked_json(path, Sidecar)
    try:
        found = json_value(content, _Digested)
    except JsonFault as fault:
        raise DamagedFileError(f"{path}: {fault}") from fault
    sidecar: Sidecar = {"format": found["format"], "files": found["files"]}
    if found["sha256"] != _digest(sidecar):
        raise DamagedFileError(f"{path}: does not match its checksum")
    return sidecar


def _digest(sidecar: Sidecar) -> str:
    return digest_of({**sidecar})
