"""The folder of real photographs, for the tests that need them."""

import os
from pathlib import Path


def photographs() -> Path | None:
    """Return the folder of real photographs that GLD_DATA names, if it is set."""
    folder = os.environ.get("GLD_DATA")
    return Path(folder) if folder else None
