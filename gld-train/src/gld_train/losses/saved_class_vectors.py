"""Class vectors on disk, from which the next training stage starts."""

from dataclasses import dataclass
from pathlib import Path

import torch
from gld_shared.errors import DataError
from gld_shared.files import open_output
from gld_shared.safetensors_checksum import check_checksum, with_checksum
from safetensors import SafetensorError
from safetensors.torch import load_file, save

from gld_train.losses.head import Head

UNKNOWN = b""


@dataclass(frozen=True)
class ClassVectors:
    """``rows`` (classes, dimension) or (classes, K, dimension), and each class's landmark.

    ``landmarks`` is None when the list had no such column; single landmarks may be UNKNOWN.
    """

    rows: torch.Tensor
    landmarks: list[bytes] | None
    source: str


def save_class_vectors(path: Path, head: Head, landmarks: list[bytes] | None) -> None:
    """Write ``head.safetensors``: the weight, and the landmarks as bytes, one per line.

    It has a checksum, as a checkpoint has.
    """
    tensors = {"weight": head.weight.detach().cpu().contiguous()}
    if landmarks is not None and any(landmarks):
        text = bytearray(b"\n".join(landmarks))
        tensors["landmarks"] = torch.frombuffer(text, dtype=torch.uint8)
    with open_output(path) as stream:
        stream.write(with_checksum(save(tensors)))


def load_class_vectors(path: str) -> ClassVectors:
    """Read ``head.safetensors``. Raises DataError for any other file, and if it is damaged."""
    if not Path(path).is_file():
        raise DataError(
            f"{path}: not found; head.init is 'random', 'class_means' or a run folder's "
            "head.safetensors"
        )
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError) as error:
        raise DataError(f"{path}: not a whole safetensors file: {error}") from error
    check_checksum(path)
    rows, names = tensors.get("weight"), tensors.get("landmarks")
    if rows is None or rows.ndim not in (2, 3):
        raise DataError(f"{path}: no class vectors; expected a run folder's head.safetensors")
    landmarks = None if names is None else names.numpy().tobytes().split(b"\n")
    return ClassVectors(rows, landmarks, path)


def copy_class_vectors(head: Head, earlier: ClassVectors, landmarks: list[bytes] | None) -> int:
    """Copy the leading rows that both have into the head, and return the number of rows.

    A later list continues the labels of the earlier one, so row i is the same landmark, whichever
    has more rows. A single vector becomes the first of a class's sub-centers. Raises DataError
    if the landmarks differ, and if the shapes do not fit.
    """
    wanted, found = tuple(head.weight.shape[1:]), tuple(earlier.rows.shape[1:])
    if found != wanted and found != wanted[1:]:
        raise DataError(
            f"{earlier.source}: weight is {tuple(earlier.rows.shape)}, expected (classes, "
            f"{', '.join(map(str, wanted))}); set model.dim and head.subcenters as they were"
        )
    common = min(len(earlier.rows), head.classes)
    _check_agreement(earlier, landmarks, common)
    with torch.no_grad():
        target = head.weight if found == wanted else head.weight[:, 0]
        target[:common] = earlier.rows[:common].to(head.weight)
    return common


def _check_agreement(earlier: ClassVectors, landmarks: list[bytes] | None, common: int) -> None:
    if earlier.landmarks is None or landmarks is None:
        return
    pairs = zip(earlier.landmarks[:common], landmarks[:common], strict=False)
    for label, (theirs, ours) in enumerate(pairs):
        if theirs != ours and UNKNOWN not in (theirs, ours):
            raise DataError(
                f"{earlier.source}: label {label} is landmark {_shown(theirs)} there and "
                f"{_shown(ours)} in the list; expected labels that continue the earlier "
                "stage's; make both lists together, or set head.init to 'random'"
            )


def _shown(landmark: bytes) -> str:
    return landmark.decode(errors="backslashreplace")
