"""The format of a weight file, told by its content; its name is no evidence."""

import zipfile
from pathlib import Path
from typing import Any, Literal, TypedDict

from gld_shared.errors import DataError
from gld_shared.json_parser import parse_json
from gld_shared.type_contract import type_fault

Format = Literal["safetensors", "torch"]

_EXPECTED = "expected weights as torch.save or safetensors write them"
_AGAIN = "copy or download it again"
_START = 512  # bytes that tell the formats apart
_MAGIC = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."  # torch.save's number, where it wrote no zip archive
_FOREIGN = {
    b"version https://git-lfs": "a Git LFS pointer in place of the file; "
    "run `git lfs pull` in its repository, or download the file itself",
    b"<": "a web page, as servers send it in place of a file; download the file again by its "
    "direct link, logged in if the server asks for it",
    b"\x1f\x8b": "compressed; unpack it with gunzip",
    b"\x89HDF": f"an HDF5 file, as Keras writes it; {_EXPECTED}",
    b"\x80": f"a pickle, but not one of torch.save; {_EXPECTED}",
}


class _TensorEntry(TypedDict):
    """A tensor in the header of a safetensors file: the first byte, and the one after the last."""

    data_offsets: tuple[int, int]


def weights_format(path: str | Path) -> Format:
    """Return the format of a weight file, by its first bytes and its length.

    Raises DataError that says what another file is, and for a file that is missing or cut short.
    """
    file = Path(path)
    if file.is_dir():
        raise DataError(f"{path}: a folder; name the file of weights in it")
    if file.exists() and not file.is_file():
        raise DataError(f"{path}: a pipe or a device, expected a file of weights")
    if not file.is_file():
        raise DataError(f"{path}: not found; expected weights as .pth or .safetensors")
    try:
        with file.open("rb") as stream:
            start = stream.read(_START)
        if start[4:9] == b"\0\0\0\0{":  # after the header's length, eight bytes
            _check_safetensors(file)
            return "safetensors"
        if start.startswith(b"PK"):
            _check_archive(file)
        elif _MAGIC not in start:
            raise DataError(f"{path}: {_foreign(start)}")
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    return "torch"


def _foreign(start: bytes) -> str:
    """Describe a file of no known format, with the remedy."""
    if not start:
        return f"empty; {_AGAIN}"
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    for beginning, description in _FOREIGN.items():
        if text.startswith(beginning):
            return description
    printable = text.decode(errors="ignore").split()
    is_text = start.isascii() and all(word.isprintable() for word in printable)
    return f"{'a text file' if is_text else 'an unknown format'}; {_EXPECTED}"


def _check_safetensors(file: Path) -> None:
    """Raise DataError unless the file is as long as its header says."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        whole = 8 + length
        if whole <= size:
            place = f"{file}: a damaged safetensors file: header"
            header = parse_json(stream.read(length), place, dict[str, Any], _AGAIN)
            header.pop("__metadata__", None)
            fault = type_fault(header, dict[str, _TensorEntry])
            if fault is not None:
                raise DataError(f"{place}: {fault}; {_AGAIN}")
            whole += max((entry["data_offsets"][1] for entry in header.values()), default=0)
    if size < whole:
        raise DataError(
            f"{file}: a safetensors file cut short, {size:,} of {whole:,} bytes; {_AGAIN}"
        )


def _check_archive(file: Path) -> None:
    """Raise DataError unless a zip archive is whole, and one of torch.save."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = {name.rpartition("/")[2] for name in archive.namelist()}
    except Exception as error:  # damaged bytes raise errors of many types in zipfile
        raise DataError(f"{file}: a file of torch.save, cut short or damaged; {_AGAIN}") from error
    if "constants.pkl" in names:
        raise DataError(
            f"{file}: a TorchScript program; save its tensors alone: "
            "torch.save(torch.jit.load(FILE).state_dict(), 'weights.pth')"
        )
    if "data.pkl" not in names:
        raise DataError(f"{file}: a zip archive without weights of torch.save; {_EXPECTED}")
