"""Refusing an output that is also an input, however the two are spelled."""

import os
from pathlib import Path
from stat import S_ISDIR, S_ISREG

import click

from gld_shared.command.parameter_paths import NamedPath, paths_of
from gld_shared.command.path_types import InputPath, OutputPath
from gld_shared.errors import DataError
from gld_shared.images.suffixes import IMAGE_SUFFIXES
from gld_shared.output_targets import STDIO, is_stream

_STORE_METADATA = "zarr.json"
Identity = tuple[int, int]


def refuse_overwritten_inputs(context: click.Context, *more: str) -> None:
    """Raise DataError when a command would write over one of its inputs.

    Inputs are the paths on the command line, standard input, and the paths ``more`` that the
    command found in these. An output must not be an input, or the same file as another output; a
    folder that is replaced must not hold an input, and a store that is read must not hold an
    output. An image in a folder that is read is an input. Files are compared by device and inode;
    devices and pipes are never refused.
    """
    inputs = [*paths_of(context, InputPath), *(NamedPath(path, "", None) for path in more)]
    outputs = [output for output in paths_of(context, OutputPath) if output.path != STDIO]
    for position, output in enumerate(outputs):
        for other in outputs[:position]:
            _refuse_same_output(output, other)
        for source in inputs:
            _refuse(output, source)


def _refuse_same_output(output: NamedPath, other: NamedPath) -> None:
    same = os.path.realpath(output.path) == os.path.realpath(other.path)
    if same and not is_stream(output.path):
        raise DataError(
            f"{output.path}: is both {other.parameter} and {output.parameter}; "
            "give each a name of its own"
        )


def _refuse(output: NamedPath, source: NamedPath) -> None:
    remedy = "name another output"
    written, read = _identity(output.path), _identity(source.path)
    if read is None:
        return
    if written == read and not _is_its_own_input(output, source):
        raise DataError(
            f"{output.path}: is also read{_as(source, output)}, and would be overwritten; {remedy}"
        )
    if (
        isinstance(output.type, OutputPath)
        and output.type.replaces_folder
        and written in _identities_above(source.path)
    ):
        raise DataError(
            f"{output.path}: holds {source.path}, which is read{_as(source, source)}, and would "
            f"be replaced; {remedy}"
        )
    if _is_image(output.path) and read in _identities_above(output.path):
        raise DataError(
            f"{output.path}: is an image in {source.path}, which is read{_as(source, source)}, and "
            f"would be overwritten; {remedy}"
        )
    if Path(source.path, _STORE_METADATA).is_file() and read in _identities_above(output.path):
        raise DataError(
            f"{output.path}: is inside {source.path}, a store that is read"
            f"{_as(source, source)}; {remedy}"
        )


def _is_its_own_input(output: NamedPath, source: NamedPath) -> bool:
    """Return whether a command reads an output that it keeps, and found no other input there."""
    kept = isinstance(output.type, OutputPath) and output.type.is_read_too
    return kept and not source.parameter


def _is_image(path: str) -> bool:
    return path.lower().endswith(IMAGE_SUFFIXES) and Path(path).is_file()


def _as(source: NamedPath, shown: NamedPath) -> str:
    """Return which input a file is: its parameter, and its spelling unless that is shown."""
    spelled = "" if source.path in (shown.path, STDIO) else f" ({source.path})"
    parameter = "standard input" if source.path == STDIO else source.parameter
    return (f" as {parameter}" if parameter else "") + spelled


def _identity(path: str) -> Identity | None:
    """Return device and inode of a regular file or a folder; None for anything else."""
    try:
        status = os.fstat(0) if path == STDIO else Path(path).stat()
    except (OSError, ValueError):
        return None
    if not (S_ISREG(status.st_mode) or S_ISDIR(status.st_mode)):
        return None
    return status.st_dev, status.st_ino


def _identities_above(path: str) -> set[Identity]:
    """Return the folders that hold a path, links followed; none for standard input."""
    if path == STDIO:
        return set()
    folders = (_identity(str(folder)) for folder in Path(os.path.realpath(path)).parents)
    return {identity for identity in folders if identity is not None}
