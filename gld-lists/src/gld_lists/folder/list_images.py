"""A list of the images in any folder."""

import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import polars as pl
from gld_shared.counting import counted
from gld_shared.errors import DataError, first_few
from gld_shared.images.suffixes import IMAGE_SUFFIXES
from gld_shared.text_encoding import shown

from gld_lists.filtered import Filtered
from gld_lists.folder.image_names import refuse_names, why_not_listed
from gld_lists.folder.walk import OnError, entries_below, is_file

log = logging.getLogger(__name__)


def folder_list(folder: Path) -> pl.DataFrame:
    """List the images below ``folder``, at any depth, by path: columns ``id`` and ``path``.

    Paths are relative to the folder, and names are kept byte for byte. An id is the path without
    its suffix, or with it where two images would share an id. Hidden files and folders are skipped.
    Symbolic links are followed, except broken links, and a folder is listed once.
    Raises DataError when there is no image, when a sub-folder cannot be read, and for names that
    are not UTF-8 or hold a tab or a line break.
    """
    return readable_images(folder, skip_unreadable=False).kept


def readable_images(folder: Path, skip_unreadable: bool) -> Filtered:
    """List the images below ``folder`` as ``folder_list`` does.

    If ``skip_unreadable``, sub-folders that cannot be read are skipped with a warning each, and
    images whose names a list cannot hold are left out, also with a warning each.
    """
    unreadable: list[str] = []

    def note(path: str, reason: str) -> None:
        unreadable.append(f"{shown(path)}: cannot be read: {reason}")

    paths = _image_paths(folder, note)
    if not skip_unreadable:
        _refuse_unreadable(unreadable)
        refuse_names(folder, paths, "rename them, or leave them out with --skip-unreadable")
    for line in sorted(unreadable):
        log.warning("%s: skipped", line)
    if not paths:
        raise DataError(
            f"{folder}: no images; expected files that end in {' '.join(IMAGE_SUFFIXES)}"
        )
    return _split_by_name(folder, paths)


def _image_paths(folder: Path, on_error: OnError) -> list[str]:
    if not folder.is_dir():
        raise DataError(f"{folder}: not a folder; expected a folder of images")
    paths: list[str] = []
    others: list[str] = []
    for entry in entries_below(folder, on_error):
        path = Path(entry.path).relative_to(folder).as_posix()
        if not entry.name.lower().endswith(IMAGE_SUFFIXES):
            others.append(path)
        elif is_file(entry):
            paths.append(path)
        else:
            log.warning("%s: not a file, or a broken link: skipped", shown(entry.path))
    if others and paths:
        log.warning("%s: %s", folder, _skipped(others))
    return sorted(paths)


def _skipped(others: list[str]) -> str:
    """Say which files were skipped because of their suffixes."""
    names = first_few([shown(name) for name in sorted(others)])
    why = "not an image by its name" if len(others) == 1 else "not images by their names"
    return f"{counted(len(others), 'other file')} skipped, {why}: {names}"


def _refuse_unreadable(unreadable: list[str]) -> None:
    if unreadable:
        them = "it" if len(unreadable) == 1 else "them"
        raise DataError(
            f"{first_few(sorted(unreadable), '; ')}; make {them} readable, "
            f"or leave {them} out with --skip-unreadable"
        )


def _split_by_name(folder: Path, paths: Sequence[str]) -> Filtered:
    """Leave out the paths that a list cannot hold. Raises DataError if none is left."""
    reasons = {path: reason for path in paths if (reason := why_not_listed(path))}
    for path, reason in reasons.items():
        log.warning("left out: %s/%s: %s", folder, shown(path), reason)
    kept = [path for path in paths if path not in reasons]
    if not kept:
        refuse_names(folder, paths)
    left_out = [shown(path) for path in reasons]
    return Filtered(
        pl.DataFrame({"id": _ids(kept), "path": kept}),
        pl.DataFrame(
            {"id": _ids(left_out), "path": left_out, "reason": list(reasons.values())},
            schema=dict.fromkeys(("id", "path", "reason"), pl.String),
        ),
    )


def _ids(paths: Sequence[str]) -> list[str]:
    stems = [PurePosixPath(path).with_suffix("").as_posix() for path in paths]
    count = Counter(stems)
    ids = [path if count[stem] > 1 else stem for path, stem in zip(paths, stems, strict=True)]
    # "a.jpg.png" without its suffix can still equal the whole path of another image.
    return ids if len(set(ids)) == len(ids) else list(paths)
