"""The store of keypoints of listed images: a folder beside the list, a file for each image."""

import hashlib
import json
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gld_shared.checked_json import (
    DamagedFileError as DamagedJsonError,
)
from gld_shared.checked_json import (
    read_checked_json,
    write_checked_json,
)
from gld_shared.errors import DataError
from gld_shared.json_parser import as_json
from gld_shared.settings_difference import settings_difference
from gld_shared.unfinished_names import names_beside

from gld_rerank.spatial.checked_files import CheckedFiles, DamagedFileError
from gld_rerank.spatial.features.kinds import FeatureKind
from gld_rerank.spatial.keypoints import Keypoints, from_bytes, to_bytes

log = logging.getLogger(__name__)
FORMAT = "gld-keypoints/1"
_SETTINGS = "settings.json"
_UNREADABLE = ".unreadable"


class KeypointStore:
    """Keypoints by the row of their image in its lists; an image that nobody needed has none.

    Any number of processes may write and read. A file that is damaged, or of other images or
    settings, is never read as keypoints.
    """

    def __init__(self, folder: Path, kind: FeatureKind, digest: str) -> None:
        """Use ``KeypointStore.open``. ``digest`` is that of the settings."""
        self.path = folder
        self.digest = digest
        self._kind = kind
        self._files = CheckedFiles(folder, digest)

    @classmethod
    def open(cls, folder: Path, kind: FeatureKind, settings: Mapping[str, Any]) -> "KeypointStore":
        """Open or create a store of these settings, plain JSON values.

        A damaged file of settings is written again. Warns when the photographs, ``images``, were
        elsewhere. Raises DataError when the folder holds keypoints of other settings, or something
        else.
        """
        settings = as_json({"format": FORMAT, **settings})
        if folder.exists():
            _check_same(folder, settings)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / _SETTINGS).exists():
                write_checked_json(folder / _SETTINGS, settings)
        except OSError as error:
            raise DataError(
                f"{folder}: cannot be written: {error.strerror}; name a folder for keypoints with "
                "--keypoints"
            ) from error
        decisive = {**_without_images(settings), "list": settings["list"]["sha256"]}
        text = json.dumps(decisive, sort_keys=True)
        return cls(folder, kind, hashlib.sha256(text.encode()).hexdigest())

    def has(self, row: int) -> bool:
        """Return whether an image's keypoints were written."""
        return self._files.has(row)

    def read(self, row: int) -> Keypoints | None:
        """Read an image's keypoints; None if they are missing, or with a warning if damaged."""
        try:
            return from_bytes(self._files.read(row), self._kind.dimension, self._kind.dtype)
        except FileNotFoundError:
            return None
        except DamagedFileError:
            log.warning("%s: damaged; its keypoints are detected again", self._files.file(row))
            return None

    def write(self, row: int, keypoints: Keypoints) -> None:
        """Write an image's keypoints, whole or not at all."""
        self._files.write(row, to_bytes(keypoints))

    def checksum(self, row: int) -> bytes:
        """Return the checksum in the file of an image's keypoints, empty without a file."""
        return self._files.stored_checksum(row)

    def note_unreadable(self, row: int, reason: str) -> None:
        """Note that an image cannot be read, until ``forget_unreadable``.

        A damaged file of its keypoints is removed: pairs are counted in what has a file.
        """
        if self.has(row):
            self._files.file(row).unlink(missing_ok=True)
        file = self._files.file(row, _UNREADABLE)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_checked_json(file, reason)

    def is_unreadable(self, row: int) -> bool:
        """Return whether an image is noted as unreadable."""
        return self._files.file(row, _UNREADABLE).exists()

    def why_unreadable(self, row: int) -> str | None:
        """Return why an image that is noted as unreadable is; None without a note."""
        try:
            return read_checked_json(self._files.file(row, _UNREADABLE), str)
        except FileNotFoundError:
            return None

    def forget_unreadable(self, row: int) -> None:
        """Remove the note of an unreadable image, so that the image is tried again."""
        self._files.file(row, _UNREADABLE).unlink(missing_ok=True)

    def exists(self) -> bool:
        """Return whether the store exists."""
        return (self.path / _SETTINGS).exists()

    def remove(self) -> None:
        """Remove the store if it holds nothing."""
        if not any(file.is_file() for file in self.path.glob("*/*")):
            shutil.rmtree(self.path, ignore_errors=True)


def _without_images(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings without the place of the photographs, which may be moved."""
    return {name: value for name, value in settings.items() if name != "images"}


def _check_same(folder: Path, settings: dict[str, Any]) -> None:
    """Raise DataError unless a folder is empty, or holds keypoints of these settings."""
    try:
        found = read_checked_json(folder / _SETTINGS, dict[str, Any])
    except (FileNotFoundError, NotADirectoryError):
        # A process that was killed, or another one that begins, may write the settings.
        settings_only = {folder / _SETTINGS, *names_beside(folder / _SETTINGS)}
        if not folder.is_dir() or not settings_only.issuperset(folder.iterdir()):
            raise DataError(
                f"{folder}: exists and is no store of keypoints; name another folder for them with "
                "--keypoints"
            ) from None
        return
    except DamagedJsonError:
        # Each file of keypoints tells by itself whether it is of these settings.
        log.warning("%s: damaged, so it is written again", folder / _SETTINGS)
        write_checked_json(folder / _SETTINGS, settings)
        return
    before, now = (each.get("images", "") for each in (found, settings))
    if before and before != now:
        log.warning(
            "%s: has keypoints of the photographs in %s, and they count for those in %s; if these "
            "are others, name another folder for keypoints with --keypoints",
            folder,
            before,
            now,
        )
    different = settings_difference(_without_images(found), _without_images(settings))
    if now and not (different or before):
        write_checked_json(folder / _SETTINGS, settings)
    if different:
        raise DataError(
            f"{folder}: was made with another {', '.join(different)}; name another folder for "
            "keypoints with --keypoints, or move this one away"
        )
