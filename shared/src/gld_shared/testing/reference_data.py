"""The folders of real photographs and reference values, for the tests that need them."""

import os
from pathlib import Path


def photographs() -> Path | None:
    """Return the folder of real photographs that GLD_DATA names, if it is set."""
    folder = os.environ.get("GLD_DATA")
    return Path(folder) if folder else None


def golden() -> Path | None:
    """Return the folder of the recipe's reference values, beside the real photographs."""
    folder = photographs()
    return folder.parent / "golden" if folder else None
