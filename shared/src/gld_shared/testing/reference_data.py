"""Where the real photographs and the reference values are, for the tests that need them."""

import os
from pathlib import Path


def photographs() -> Path | None:
    """The folder of real photographs that GLD_DATA names, if there is one."""
    folder = os.environ.get("GLD_DATA")
    return Path(folder) if folder else None


def golden() -> Path | None:
    """The folder of the recipe's reference values, beside the real photographs."""
    folder = photographs()
    return folder.parent / "golden" if folder else None
