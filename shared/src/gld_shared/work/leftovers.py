"""What processes leave beside an output that they finish, when they are killed at its end."""

import shutil
from contextlib import suppress
from pathlib import Path

from gld_shared.errors import DataError
from gld_shared.store.layout import partial_of
from gld_shared.unfinished_names import names_beside
from gld_shared.work.shared_output import claims_of, work_folder


def remove_leftovers(output: Path, *copies: Path) -> None:
    """Remove what is left of the making of a finished output, unless a process still works on it.

    ``copies`` are folders of its unfinished copies. A folder that cannot be written keeps
    everything: a finished output needs no writing.
    """
    partial = partial_of(output)
    left = [partial, *copies, *names_beside(partial)]
    if not any(path.exists() for path in (work_folder(output), *left)):
        return
    with suppress(DataError), claims_of(output) as claims:
        if claims.end_sharing():
            for path in left:
                shutil.rmtree(path, ignore_errors=True)
