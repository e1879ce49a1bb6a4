"""The check that two stores may be compared: they share a checkpoint and image settings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from gld_shared.errors import DataError


class Described(Protocol):
    """A store, or several as one."""

    @property
    def path(self) -> Path | str:
        """Where it is."""

    @property
    def attributes(self) -> Mapping[str, Any]:
        """The attributes of its group."""

    @property
    def dimension(self) -> int:
        """The length of its vectors."""


def check_comparable(first: Described, second: Described) -> None:
    """Raise DataError unless two stores come from the same checkpoint and image settings."""
    ours, theirs = _shared_properties(first), _shared_properties(second)
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


def _shared_properties(store: Described) -> dict[str, Any]:
    """Return the properties that two stores must share, so that their products are similarities."""
    return {
        "checkpoint": (store.attributes.get("checkpoint") or {}).get("sha256"),
        # Plain weights may fill more than one network.
        "backbone": store.attributes.get("model", {}).get("backbone"),
        "image settings": image_settings_of(store.attributes),
        "dimension": store.dimension,
    }
