"""The formats of the Zarr groups that gld makes: what their arrays and attributes must be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NotRequired, TypedDict


class Extension(TypedDict):
    """A named part of Zarr's metadata, such as a codec."""

    name: str
    configuration: NotRequired[dict[str, Any]]


class _ChunkShape(TypedDict):
    chunk_shape: list[int]


class _ChunkGrid(TypedDict):
    name: Literal["regular"]
    configuration: _ChunkShape


class _Separator(TypedDict):
    separator: NotRequired[Literal["/", "."]]


class _KeyEncoding(TypedDict):
    name: Literal["default", "v2"]
    configuration: NotRequired[_Separator]


class ArrayContract(TypedDict):
    """The ``zarr.json`` of an array; each array of a format adds its ``data_type``."""

    zarr_format: Literal[3]
    node_type: Literal["array"]
    shape: list[int]
    chunk_grid: _ChunkGrid
    chunk_key_encoding: _KeyEncoding
    codecs: list[Extension]


@dataclass(frozen=True)
class GroupFormat:
    """One format: its name, what such a group is called, and the remedy when it is damaged.

    ``noun``, ``maker`` and ``word`` are for messages: such a group, the command that makes it, and
    the subject of "was finished": store or search. ``attributes`` and ``arrays`` are the types of
    its attributes, and of each array's metadata.
    """

    name: str
    noun: str
    maker: str
    word: str
    restore: str
    attributes: Any
    arrays: Mapping[str, Any]

    @property
    def expected(self) -> str:
        """Such a group, and where it comes from."""
        return f"{self.noun} made by {self.maker}"
