"""Reading the ``zarr.json`` files of a group, checked against the contract of its format."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, TypeVar, cast

from gld_shared.errors import DataError
from gld_shared.json_parser import parse_json
from gld_shared.store.array_layout import ArrayLayout, Codec, stamp_of
from gld_shared.store.contract import EMBEDDINGS
from gld_shared.store.group_format import ArrayContract, GroupFormat
from gld_shared.store.layout import METADATA, RESTORE
from gld_shared.store.regular_files import read_regular
from gld_shared.type_contract import type_fault

T = TypeVar("T")
_MOST_BYTES = 256 << 20
# The bytes that reading a chunk may take, if the array is smaller.
_MOST_CHUNK_BYTES = 1 << 30
_LONGEST_ARRAY = 1 << 40


class _Group(TypedDict):
    zarr_format: Literal[3]
    node_type: Literal["group"]
    attributes: NotRequired[dict[str, Any]]


def read_metadata(file: Path, contract: type[T], restore: str = RESTORE) -> T:
    """Read a ``zarr.json``, whose keys are checked against a type.

    Raises DataError when it is missing, damaged, no regular file, or has other keys or values.
    """
    content = read_regular(file, _MOST_BYTES, restore)
    return parse_json(content, str(file), contract, restore, _MOST_BYTES)


def read_group(folder: Path, kind: GroupFormat = EMBEDDINGS) -> dict[str, Any]:
    """Read the metadata of a group, with ``attributes`` of the contract's types.

    Raises DataError as ``read_metadata`` does, and when its format is another one.
    """
    file = folder / METADATA
    group = read_metadata(file, dict[str, Any], kind.restore)
    attributes = group.get("attributes")
    found = attributes.get("format") if isinstance(attributes, dict) else None
    if found != kind.name:
        raise DataError(f"{folder}: format is {found!r}, expected {kind.name!r}, {kind.expected}")
    fault = type_fault(group, _Group) or type_fault(attributes, kind.attributes, "attributes")
    if fault:
        raise DataError(f"{file}: {fault}; {kind.restore}")
    return group


def read_layout(folder: Path, kind: GroupFormat = EMBEDDINGS) -> ArrayLayout:
    """Read the layout of an array, such as ``X.zarr/ids`` or ``X.zarr/vectors``.

    Raises DataError as ``read_metadata`` does, and when its dimensions are not the contract's.
    Codecs and names of files may be any.
    """
    file = folder / METADATA
    array = cast(ArrayContract, read_metadata(file, kind.arrays[folder.name], kind.restore))
    shape = tuple(array["shape"])
    chunk_shape = tuple(array["chunk_grid"]["configuration"]["chunk_shape"])
    layout = ArrayLayout(
        folder, shape, chunk_shape, _data_type(array), _codecs(array), _key_separator(array),
        stamp_of(file), kind.restore,
    )  # fmt: skip
    fault = _fault_of(layout)
    if fault:
        raise DataError(f"{file}: {fault}; {kind.restore}")
    return layout


def _fault_of(layout: ArrayLayout) -> str | None:
    shape, chunk_shape = list(layout.shape), list(layout.chunk_shape)
    dimensions = 1 if layout.name == "ids" else 2
    if len(shape) != dimensions:
        return f"shape: {len(shape)} dimensions, expected {dimensions}"
    if min(shape) < 0 or min(shape[1:], default=1) < 1 or math.prod(shape) > _LONGEST_ARRAY:
        return f"shape: {shape} is not that of an array of {layout.name}"
    if len(chunk_shape) != dimensions or min(chunk_shape) < 1:
        return f"chunk_shape: {chunk_shape} does not divide an array of shape {shape}"
    if chunk_shape[1:] > shape[1:]:
        return f"chunk_shape: {chunk_shape} is wider than {layout.name} of {shape[1]} values"
    most = max(math.prod(shape) * layout.value_bytes, _MOST_CHUNK_BYTES)
    if math.prod(chunk_shape) * layout.value_bytes > most:
        return f"chunk_shape: {chunk_shape} is larger than {most:,} bytes"
    if layout.name == "ids" and layout.data_type not in ("string", "fixed_length_utf32"):
        return f'data_type: expected "string", got {json.dumps(layout.data_type)}'
    if not layout.codecs:
        return "codecs: none, expected at least the one that turns values into bytes"
    return None


def _data_type(array: Mapping[str, Any]) -> str:
    found = array["data_type"]
    return str(found if isinstance(found, str) else found["name"])


def _codecs(array: ArrayContract) -> tuple[Codec, ...]:
    return tuple((codec["name"], codec.get("configuration", {})) for codec in array["codecs"])


def _key_separator(array: ArrayContract) -> tuple[str, str]:
    encoding = array["chunk_key_encoding"]
    default: Literal["/", "."] = "/" if encoding["name"] == "default" else "."
    return encoding["name"], encoding.get("configuration", {}).get("separator", default)
