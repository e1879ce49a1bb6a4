"""The units of an output, while processes make it."""

import subprocess
import time
from pathlib import Path

from gld_shared.store.layout import partial_of


def written_units(path: Path, array: str) -> dict[str, int]:
    """Return the time at which each chunk of a Zarr group's array was written, finished or not."""
    for group in (path, partial_of(path)):
        files = sorted((group / array / "c").glob("*/0"))
        if files:
            return {file.parent.name: file.stat().st_mtime_ns for file in files}
    return {}


def wait_for_units(process: subprocess.Popen[str], path: Path, array: str, count: int) -> None:
    """Wait until ``count`` chunks are written by a process, which must not end before."""
    while len(written_units(path, array)) < count:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
