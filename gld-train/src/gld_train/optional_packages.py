"""Packages that only some options need, installed as extras of gld-train."""

from importlib.util import find_spec

from gld_shared.errors import DataError

EXTRAS = {"onnx": ("onnx", "onnxscript", "onnxruntime"), "tensorboard": ("tensorboard",)}


def require_extra(name: str) -> None:
    """Raise DataError unless the packages of an extra, needed by ``--name``, are installed."""
    missing = [package for package in EXTRAS[name] if find_spec(package) is None]
    if missing:
        raise DataError(
            f"--{name}: {', '.join(missing)} not installed; "
            f"pip install {' '.join(EXTRAS[name])}, or the extra gld-train[{name}]"
        )
