"""The check that two stores may be compared: they share a checkpoint and image settings."""

from collections.abc import Mapping
from typing import Any

from gld_shared.errors import DataError
from gld_shared.store.reader import EmbeddingStore


def check_comparable(first: EmbeddingStore, second: EmbeddingStore) -> None:
    """Raise DataError unless two stores come from the same checkpoint and image settings."""
    ours, theirs = _protocol(first), _protocol(second)
    for setting, value in ours.items():
        if value != theirs[setting]:
            raise DataError(
                f"{first.path} and {second.path}: different {setting} "
                f"({value} and {theirs[setting]}), so their similarities mean nothing; "
                "embed both with the same checkpoint and image settings"
            )


def image_settings_of(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a store's ``image``, with the default of the keys that older stores lack."""
    return {"decode": "fast", **(attributes.get("image") or {})}


def _protocol(store: EmbeddingStore) -> dict[str, Any]:
    """Return the properties that two stores must share, so that their products are similarities."""
    return {
        "checkpoint": (store.attributes.get("checkpoint") or {}).get("sha256"),
        # Plain weights may fill more than one network.
        "backbone": store.attributes.get("model", {}).get("backbone"),
        "image settings": image_settings_of(store.attributes),
        "dimension": store.dimension,
    }
