"""The sidecar of an index file: which stores it is of, how it was made, and its SHA-256.

``index.faiss.json`` is beside ``index.faiss``. FAISS trusts the file that it parses, so a file is
opened only if a sidecar describes exactly these bytes.
"""

import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

from gld_shared.checked_json import DamagedFileError
from gld_shared.errors import DataError
from gld_shared.file_kinds import kind_of
from gld_shared.sha256 import sha256
from gld_shared.store.parts import AnyStore, stores_of

from gld_search.approximate.sidecar_json import (
    FORMAT,
    Description,
    StoreEntry,
    read_sidecar_json,
    write_sidecar_json,
)


def sidecar_of(file: Path) -> Path:
    """Return the path of the sidecar: the file's, and ``.json``."""
    return file.with_name(f"{file.name}.json")


def entries_of(indexes: Sequence[AnyStore]) -> list[list[StoreEntry]]:
    """Return the entries of the stores of each network."""
    return [
        [
            {"path": str(part.path), "sha256": part.sha256, "images": part.n}
            for part in stores_of([store])
        ]
        for store in indexes
    ]


def write_sidecar(file: Path, files: Iterable[Description]) -> None:
    """Write the sidecar of a file, whole or not at all."""
    write_sidecar_json(sidecar_of(file), {"format": FORMAT, "files": list(files)})


def refuse_other_file(file: Path) -> None:
    """Raise DataError if anything but a sidecar is where that of a new index file will be.

    A sidecar without its file may be there: the process that built the file was killed.
    """
    sidecar = sidecar_of(file)
    try:
        read_sidecar_json(sidecar)
    except FileNotFoundError:
        return
    except (DamagedFileError, OSError) as error:
        raise DataError(
            f"{sidecar}: exists and is not the sidecar of an index file, which would replace it; "
            "move it away, or name another --index-file"
        ) from error


def description_of(file: Path) -> Description:
    """Read the description of an index file, whose bytes it matches.

    Raises DataError for a file without a sidecar, or with that of another file.
    """
    remedy = f"copy both files again, or build another with --factory, --index-file {file}.new"
    sidecar = sidecar_of(file)
    try:
        files = read_sidecar_json(sidecar)["files"]
    except FileNotFoundError as error:
        raise DataError(
            f"{file}: has no {sidecar.name} beside it; FAISS trusts the file that it parses, so "
            f"only one that gld-search made is opened; {remedy}"
        ) from error
    except DamagedFileError as error:
        raise DataError(f"{error}; {remedy}") from error
    _check_length(file, max((each["bytes"] for each in files), default=0), remedy)
    found = sha256(file)
    for description in files:
        if description["sha256"] == found:
            return description
    raise DataError(
        f"{file}: sha256 is {found[:12]}, but {sidecar.name} describes a file of "
        f"{files[-1]['sha256'][:12] if files else 'none'}; {remedy}"
    )


def _check_length(file: Path, described: int, remedy: str) -> None:
    """Raise DataError for what would take long to hash, or for ever."""
    status = file.stat()
    if not stat.S_ISREG(status.st_mode):
        raise DataError(f"{file}: is {kind_of(status.st_mode)}, expected an index file; {remedy}")
    if status.st_size > described:
        raise DataError(
            f"{file}: {status.st_size:,} bytes, but {sidecar_of(file).name} describes a file of "
            f"{described:,}; {remedy}"
        )


def parts_to_add(file: Path, description: Description, indexes: Sequence[AnyStore]) -> int:
    """Return the number of parts of --index that an index file does not hold yet.

    Raises DataError unless it is of the same stores, or of their first parts.
    """
    held, wanted = description["stores"], entries_of(indexes)
    remedy = "build the index file of these stores with --factory and another --index-file"
    if len(held) != len(wanted):
        raise DataError(
            f"{file}: is of an ensemble of {len(held)}, expected one of {len(wanted)}; {remedy}"
        )
    for ours, theirs in zip(held, wanted, strict=True):
        for mine, its in zip(ours, theirs, strict=False):
            if mine["sha256"] != its["sha256"]:
                raise DataError(
                    f"{file}: is of {mine['path']} with sha256 {mine['sha256'][:12]}, but "
                    f"{its['path']} has {its['sha256'][:12]}; {remedy}"
                )
        if len(ours) > len(theirs):
            raise DataError(
                f"{file}: is also of {ours[len(theirs)]['path']}, which is not in --index; name "
                f"all of its stores, or {remedy}"
            )
    return max(len(theirs) - len(ours) for ours, theirs in zip(held, wanted, strict=True))
