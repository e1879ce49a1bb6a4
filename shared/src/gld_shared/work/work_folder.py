"""The folder beside an output, where the processes that make it keep their claims and notes."""

import shutil
from contextlib import suppress
from pathlib import Path

from gld_shared.errors import DataError, cannot_write
from gld_shared.work.claims import CLAIMS


def work_folder(output: Path) -> Path:
    """Return ``X.zarr.work``, the work folder of ``X.zarr``."""
    return output.with_name(f"{output.name}.work")


def make_work_folder(output: Path) -> Path:
    """Make the work folder of an output, or take the one that is there.

    Raises DataError when it cannot be made, and for a file or a folder of somebody else.
    """
    folder = work_folder(output)
    try:
        folder.mkdir(exist_ok=True)
    except FileExistsError:
        raise _not_ours(folder, output) from None
    except OSError as error:
        raise cannot_write(output, error) from error
    if folder.is_symlink() or _is_foreign(folder):
        raise _not_ours(folder, output)
    return folder


def remove_work_folder(folder: Path) -> None:
    """Remove a work folder as far as possible, the file of claims last: it tells whose it is."""
    with suppress(OSError):
        for entry in folder.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry, ignore_errors=True)
            elif entry.name != CLAIMS:
                entry.unlink(missing_ok=True)
        (folder / CLAIMS).unlink(missing_ok=True)
        folder.rmdir()


def _is_foreign(folder: Path) -> bool:
    """Return whether a folder has contents, but no file of claims."""
    claims = folder / CLAIMS
    # Asked again: another process may have made the file, and a note, in between.
    return not claims.exists() and any(folder.iterdir()) and not claims.exists()


def _not_ours(folder: Path, output: Path) -> DataError:
    return DataError(
        f"{folder}: exists and is no folder of gld's, which needs the name while it makes "
        f"{output}; move it away, or choose another output"
    )
