"""Files that were made again: the command in their own history, and the one that was expected."""

import shlex
from pathlib import Path
from typing import TypedDict

from gld_shared.errors import DataError
from gld_shared.json_parser import MAXIMUM_BYTES, parse_json
from gld_shared.provenance import History, Step
from gld_shared.tables import read_header

_METADATA = "zarr.json"
_SAFETENSORS = ".safetensors"
_LENGTH_BYTES = 8


class _Attributes(TypedDict, total=False):
    history: History


class _Group(TypedDict, total=False):
    attributes: _Attributes


class _Metadata(TypedDict, total=False):
    history: str


class _Safetensors(TypedDict, total=False):
    __metadata__: _Metadata


def how_remade(path: str | Path, history: History) -> str:
    """Say how a file was made, if not as a history that names it records; else return "".

    The text is the end of a line that names the file.
    """
    own = _own_history(Path(path))
    if not own or own[-1] in history:
        return ""
    made = own[-1]
    recorded = [step for step in history if step["tool"] == made["tool"]]
    if not recorded:
        return f"; it was made by {_command(made)}"
    nearest = max(recorded, key=lambda step: _alike(step, made))
    if nearest["arguments"] != made["arguments"]:
        return (
            f"; it was made by other settings: {_command(made)}, but the history records "
            f"{_command(nearest)}"
        )
    if nearest["inputs"] != made["inputs"]:
        return "; it was made by the same command from other files"
    return f"; it was made by version {made['version']}, not {nearest['version']}"


def _own_history(path: Path) -> History:
    """Read the history that a table, a store, neighbours as Zarr or a checkpoint carries.

    It is empty for all else, and for damaged files.
    """
    try:
        if path.is_dir():
            group = parse_json((path / _METADATA).read_bytes(), str(path), _Group)
            return group.get("attributes", {}).get("history", [])
        if path.suffix == _SAFETENSORS:
            header = parse_json(_safetensors_header(path), str(path), _Safetensors)
            text = header.get("__metadata__", {}).get("history", "[]")
            return parse_json(text, str(path), History)
        return list(read_header(path).get("history", []))
    except (DataError, OSError):
        return []


def _safetensors_header(path: Path) -> bytes:
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(_LENGTH_BYTES), "little")
        return stream.read(min(length, MAXIMUM_BYTES))


def _command(step: Step) -> str:
    return shlex.join([step["tool"], *step["arguments"]])


def _alike(recorded: Step, made: Step) -> int:
    """Count the arguments that two steps have in common."""
    return len(set(recorded["arguments"]) & set(made["arguments"]))
