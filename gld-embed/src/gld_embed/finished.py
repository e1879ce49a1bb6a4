"""Whether a store is finished already: told without loading the network."""

from pathlib import Path
from typing import Any

from gld_shared.files import sha256
from gld_shared.store import open_store


def checkpoint_digest(store: str, checkpoint: str) -> str:
    """The sha256 of a checkpoint's file; of a name, the one that the store recorded for it."""
    if Path(checkpoint).is_file():
        return sha256(checkpoint)
    recorded = [one for one in _last_step(store).get("inputs", []) if one["path"] == checkpoint]
    return str(recorded[0]["sha256"]) if recorded else ""


def made_by(store: str, step: dict[str, Any]) -> bool:
    """Whether a store's last step was this one: the same arguments, version and inputs."""
    return _last_step(store) == step


def _last_step(store: str) -> dict[str, Any]:
    if not Path(store).exists():
        return {}
    history = open_store(store).history
    return history[-1] if history else {}
