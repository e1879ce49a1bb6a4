"""The format of embedding stores: the types of their attributes and arrays."""

from typing import Literal, NotRequired, TypedDict

from gld_shared.provenance import History
from gld_shared.store.group_format import ArrayContract, GroupFormat
from gld_shared.store.layout import FORMAT, RESTORE


class _FixedLengthText(TypedDict):
    name: str


class _Ids(ArrayContract):
    data_type: str | _FixedLengthText


class _Vectors(ArrayContract):
    data_type: Literal["float16", "float32"]


class _Checkpoint(TypedDict):
    path: NotRequired[str]
    sha256: NotRequired[str]


class _Image(TypedDict):
    size: NotRequired[int]
    resize: NotRequired[str]
    mean: NotRequired[list[float]]
    std: NotRequired[list[float]]
    decode: NotRequired[str]
    scales: NotRequired[list[float]]
    flip: NotRequired[bool]
    view_sum: NotRequired[str]


class _Model(TypedDict):
    backbone: NotRequired[str]


class _Attributes(TypedDict):
    checkpoint: NotRequired[_Checkpoint | None]
    image: NotRequired[_Image | None]
    model: NotRequired[_Model | None]
    normalized: NotRequired[bool | None]
    history: NotRequired[History | None]
    digests: NotRequired[dict[str, str]]
    has_digests: NotRequired[bool]


EMBEDDINGS = GroupFormat(
    name=FORMAT,
    noun="an embedding store",
    maker="gld-embed",
    word="store",
    restore=RESTORE,
    attributes=_Attributes,
    arrays={"ids": _Ids, "vectors": _Vectors},
)
