"""The libraries of all commands, imported once by the process that workers are forked from.

Nothing of them is used before the fork: the threads that polars, torch and zarr start at their
first use would be missing in the child.
"""

import os
import sys
from importlib import import_module
from importlib.metadata import entry_points

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS", "MKL_NUM_THREADS")
LIBRARIES = ("polars", "zarr", "torch", "timm", "cv2", "PIL.Image", "pi_heif")


def import_libraries() -> None:
    """Import what the commands import, with one thread for each library; takes about 5 s."""
    for name in THREADS:
        os.environ[name] = "1"
    os.environ["no_proxy"] = "*"
    os.environ.pop("OPENBLAS_CORETYPE", None)
    for library in LIBRARIES:
        import_module(library)
    for script in entry_points(group="console_scripts"):
        if script.name.startswith("gld-"):
            script.load()
    _import_modules_of_gld()


def _import_modules_of_gld() -> None:
    """Import the modules that commands import when they run."""
    for package in [name for name in sys.modules if name.startswith("gld_") and "." not in name]:
        for name in getattr(sys.modules[package], "__all__", ()):
            getattr(sys.modules[package], name)
