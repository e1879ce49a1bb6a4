"""What processes leave beside an output that they finish, when they are killed at its end."""

import logging
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from gld_shared.errors import DataError
from gld_shared.settings_difference import settings_difference
from gld_shared.store.layout import METADATA, partial_of
from gld_shared.store.metadata import read_metadata
from gld_shared.unfinished_names import name_beside, names_beside
from gld_shared.work.shared_output import claims_of
from gld_shared.work.work_folder import work_folder

log = logging.getLogger(__name__)
SettingsOf = Callable[[Path], dict[str, Any]]


def remove_leftovers(output: Path, settings_of: SettingsOf, *copies: Path) -> None:
    """Remove what is left of the making of a finished output, unless a process still works on it.

    ``copies`` are folders of its unfinished copies. ``settings_of`` returns the settings of a group
    that the runs of one output share, and raises DataError for a group of another format. A group
    of other settings or another format is an output of its own: everything is kept, since files
    beside it may be about it too, and a warning names it. A folder that cannot be written keeps
    everything: a finished output needs no writing. So does a folder that gld has not made.
    """
    partial = partial_of(output)
    groups = [path for path in (partial, *copies) if path.exists() and is_removable(path)]
    if any([_is_another(group, output, settings_of) for group in groups]):
        return
    if not (groups or names_beside(partial) or work_folder(output).exists()):
        return
    with suppress(DataError, OSError), claims_of(output) as claims:
        if claims.end_sharing():
            for group in groups:
                # Under a hidden name first: half of a group could not be told from other folders.
                group.rename(name_beside(partial))
            for path in names_beside(partial):
                shutil.rmtree(path, ignore_errors=True)


def _is_another(group: Path, output: Path, settings_of: SettingsOf) -> bool:
    """Return whether a group is no leftover of a finished output, with a warning."""
    try:
        different = settings_difference(settings_of(group), settings_of(output))
    except DataError:
        if not (group / METADATA).exists():
            # It is empty, or another process has just removed it.
            return False
        why = "it is damaged or of another kind"
    else:
        if not different:
            return False
        why = f"it was made with another {', '.join(different)}"
    log.warning(
        "%s: is no leftover of %s, since %s; move %s away to resume it, or remove it",
        group,
        output,
        why,
        output,
    )
    return True


def is_removable(folder: Path) -> bool:
    """Return whether a folder is empty, or a group of one of gld's formats."""
    try:
        if not any(folder.iterdir()):
            return True
        attributes = read_metadata(folder / METADATA, dict[str, Any]).get("attributes")
    except (OSError, DataError):
        return False
    return isinstance(attributes, dict) and str(attributes.get("format")).startswith("gld-")
