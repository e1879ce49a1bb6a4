"""A folder of outputs that appears whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from gld_shared.errors import DataError
from gld_shared.files import replace_folder


@contextmanager
def whole_folder(final: Path, names: Collection[str]) -> Iterator[Path]:
    """A new folder to fill, which gets the name ``final`` when the block ends well.

    A folder of that name is replaced, but only if it holds nothing besides ``names``, so that no
    file is lost that the same command did not write. Raises DataError before the block otherwise.
    """
    refuse_foreign(final, names)
    # A relative name such as "lists" or "." needs its parent.
    final = final.resolve()
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{final.name}.", dir=final.parent))
    except OSError as error:
        raise DataError(f"{final}: cannot be written: {error.strerror}") from error
    try:
        yield partial
        partial.chmod(0o777 & ~_umask())
        replace_folder(partial, final)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


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


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
