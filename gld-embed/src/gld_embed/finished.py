"""Recognising a finished store without loading the network."""

from pathlib import Path

from gld_shared.errors import DataError
from gld_shared.provenance import Step
from gld_shared.sha256 import sha256
from gld_shared.store import open_store
from gld_shared.store.create import exists


def checkpoint_digest(store: str, checkpoint: str) -> str:
    """Return the sha256 of a checkpoint's file; for a name, the sha256 that the store recorded.

    It is empty where there is no store yet, so that no file is read for it.
    """
    if not Path(store).exists():
        return ""
    if Path(checkpoint).is_file():
        return sha256(checkpoint)
    last = _last_step(store)
    inputs = last["inputs"] if last else []
    return next((source["sha256"] for source in inputs if source["path"] == checkpoint), "")


def made_by(store: str, step: Step) -> bool:
    """Return whether a store's last step has the same arguments, version and inputs.

    Such a store is read whole. Raises DataError when it is damaged.
    """
    if _last_step(store) != step:
        return False
    open_store(store).verify()
    return True


def _last_step(store: str) -> Step | None:
    if not Path(store).exists():
        return None
    if not exists(Path(store)):
        raise DataError(f"{store}: exists and is not an embedding store; choose another output")
    history = open_store(store).history
    return history[-1] if history else None
