"""An output folder that appears whole or not at all, and never deletes a user's own files."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gld_shared.atomic_folder import atomic_folder
from gld_shared.errors import DataError, cannot_write
from gld_shared.output_targets import refuse_other_than_folder


@contextmanager
def output_folder(final: Path, names: Collection[str]) -> Iterator[Path]:
    """Make a folder to fill, and rename it to ``final`` when the block succeeds.

    A folder of that name is replaced only if all its files are in ``names``, the files that the
    same command writes. Otherwise, DataError is raised before the block runs.
    """
    refuse_foreign(final, names)
    # The parent of a relative path such as "." is known only once it is resolved.
    final = final.resolve()
    with ExitStack() as stack:
        try:
            partial = stack.enter_context(atomic_folder(final))
        except OSError as error:
            raise cannot_write(final, error) from error
        yield partial


def refuse_foreign(folder: Path, names: Collection[str]) -> None:
    """Raise DataError when ``folder`` is no folder, or holds files other than ``names``."""
    if not folder.exists():
        return
    refuse_other_than_folder(folder)
    foreign = sorted(entry.name for entry in folder.iterdir() if entry.name not in names)
    if foreign:
        raise DataError(
            f"{folder}: holds {foreign[0]}, which this command did not write and would delete; "
            "name another folder"
        )
