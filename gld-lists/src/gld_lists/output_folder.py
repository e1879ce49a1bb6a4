"""A folder of outputs that appears whole or not at all."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gld_shared.errors import DataError
from gld_shared.files import atomic_folder


@contextmanager
def whole_folder(final: Path, names: Collection[str]) -> Iterator[Path]:
    """A new folder to fill, which gets the name ``final`` when the block ends well.

    A folder of that name is replaced, but only if it holds nothing besides ``names``, so that no
    file is lost that the same command did not write. Raises DataError before the block otherwise.
    """
    refuse_foreign(final, names)
    # A relative name such as "lists" or "." needs its parent.
    final = final.resolve()
    with ExitStack() as stack:
        try:
            partial = stack.enter_context(atomic_folder(final))
        except OSError as error:
            raise DataError(f"{final}: cannot be written: {error.strerror}") from error
        yield partial


def refuse_foreign(folder: Path, names: Collection[str]) -> None:
    """Raise DataError when ``folder`` is a file, or holds anything besides ``names``."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise DataError(f"{folder}: is a file, expected a folder's name; give another")
    foreign = sorted(entry.name for entry in folder.iterdir() if entry.name not in names)
    if foreign:
        raise DataError(
            f"{folder}: holds {foreign[0]}, which this command did not write and would delete; "
            "name another folder"
        )
