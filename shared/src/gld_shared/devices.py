"""Where to compute: the meaning of --device."""

from gld_shared.errors import DataError


def choose_device(name: str) -> str:
    """``cpu``, ``cuda`` or ``cuda:N``; ``auto`` is a GPU where there is one.

    Raises DataError for another name, and for a GPU that is not there.
    """
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        kind = torch.device(name).type
    except RuntimeError as error:
        raise DataError(f"--device {name}: expected auto, cpu, cuda or cuda:N") from error
    if kind == "cuda" and not torch.cuda.is_available():
        raise DataError(f"--device {name}: there is no CUDA device here; expected cpu or auto")
    return name
