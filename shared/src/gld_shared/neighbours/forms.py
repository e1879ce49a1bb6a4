"""The two forms of neighbours: a table, and arrays in a Zarr group."""

from pathlib import Path

from gld_shared.output_targets import STDIO

_ENDING = ".zarr"


def is_zarr(name: str | Path) -> bool:
    """Return whether a path names arrays: a folder, or what is not there and ends in .zarr."""
    path = Path(name)
    if str(name) == STDIO or path.is_file():
        return False
    return path.is_dir() or path.suffix == _ENDING


def writes_zarr(name: str | Path) -> bool:
    """Return whether neighbours of this name are to be written as arrays: it ends in .zarr."""
    return Path(name).suffix == _ENDING
