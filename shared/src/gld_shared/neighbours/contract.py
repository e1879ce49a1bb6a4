"""The format of neighbours as arrays: the types of their attributes and arrays."""

from typing import Any, Literal, NotRequired, TypedDict

from gld_shared.provenance import History
from gld_shared.store.group_format import ArrayContract, GroupFormat
from gld_shared.tables import NEIGHBOURS


class _Rows(ArrayContract):
    data_type: Literal["int64"]


class _Scores(ArrayContract):
    data_type: Literal["float32"]


class _Attributes(TypedDict):
    queries: list[str | list[str]]
    index: list[str | list[str]]
    weights: NotRequired[list[float] | None]
    k: int
    keep_self: NotRequired[bool]
    rerank: NotRequired[dict[str, Any]]
    history: History
    digests: NotRequired[dict[str, str]]
    has_digests: NotRequired[bool]


NEIGHBOUR_ARRAYS = GroupFormat(
    name=NEIGHBOURS.format,
    noun="neighbours as Zarr",
    maker="gld-search -o NAME.zarr",
    word="search",
    restore="restore the neighbours from a copy, or make them again under another name",
    attributes=_Attributes,
    arrays={"rows": _Rows, "scores": _Scores},
)
NONE = -1  # the row of no neighbour
