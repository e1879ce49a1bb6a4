"""What processes leave beside a store that they finish, when they are killed at its end."""

from pathlib import Path

from gld_shared.store.layout import partial_of
from gld_shared.store.spec import store_settings
from gld_shared.work import leftovers


def kept_of(store: Path) -> Path:
    """Return the name of a store's copy without the unreadable images, while it is made."""
    return store.with_name(f"{store.name}.kept")


def remove_leftovers(store: Path) -> None:
    """Remove what is left of the making of a finished store: see ``leftovers.remove_leftovers``."""
    kept = kept_of(store)
    leftovers.remove_leftovers(store, store_settings, kept, partial_of(kept))
