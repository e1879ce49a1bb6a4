"""What processes leave beside a store that they finish, when they are killed at its end."""

import shutil
from contextlib import suppress
from pathlib import Path

from gld_shared.errors import DataError
from gld_shared.store.layout import partial_of
from gld_shared.unfinished_names import names_beside
from gld_shared.work.shared_output import claims_of, work_folder


def kept_of(store: Path) -> Path:
    """Return the name of a store's copy without the unreadable images, while it is made."""
    return store.with_name(f"{store.name}.kept")


def remove_leftovers(store: Path) -> None:
    """Remove what is left of the making of a finished store, unless a process still works on it.

    A folder that cannot be written keeps everything: a finished store needs no writing.
    """
    partial, kept = partial_of(store), kept_of(store)
    copies = [partial, kept, partial_of(kept), *names_beside(partial)]
    if not any(path.exists() for path in (work_folder(store), *copies)):
        return
    with suppress(DataError), claims_of(store) as claims:
        if claims.are_nobody_elses():
            for path in copies:
                shutil.rmtree(path, ignore_errors=True)
