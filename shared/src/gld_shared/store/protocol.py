"""How the vectors of a store were made: what two stores must share to be compared."""

from collections.abc import Mapping
from typing import Any

from gld_shared.errors import DataError
from gld_shared.store.reader import EmbeddingStore


def check_comparable(first: EmbeddingStore, second: EmbeddingStore) -> None:
    """Raise DataError unless two stores come from the same checkpoint and image settings."""
    ours, theirs = _protocol(first), _protocol(second)
    for what, value in ours.items():
        if value != theirs[what]:
            raise DataError(
                f"{first.path} and {second.path}: different {what} "
                f"({value} and {theirs[what]}), so their similarities mean nothing; "
                "embed both with the same checkpoint and image settings"
            )


def image_settings_of(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """A store's ``image``, with the value that stood for keys which older stores lack."""
    return {"decode": "fast", **(attributes.get("image") or {})}


def _protocol(store: EmbeddingStore) -> dict[str, Any]:
    """What two stores must share for their dot products to be similarities."""
    return {
        "checkpoint": store.attributes.get("checkpoint", {}).get("sha256"),
        "image settings": image_settings_of(store.attributes),
        "dimension": store.dimension,
    }
