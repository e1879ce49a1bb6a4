"""The settings that a run notes in its folder, and which the run that resumes it must have."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gld_shared.checked_json import DamagedFileError, read_checked_json, write_checked_json
from gld_shared.errors import DataError

from gld_train.earlier_settings import Recorded, difference_from

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunSettings:
    """``settings.json`` of a run folder."""

    file: Path

    def write(self, settings: dict[str, Any]) -> None:
        """Note the settings of a run."""
        write_checked_json(self.file, settings)

    def check_same(self, settings: dict[str, Any]) -> None:
        """Raise DataError unless the unfinished run has these settings."""
        try:
            earlier = read_checked_json(self.file, Recorded)
        except (OSError, DamagedFileError) as error:
            raise DataError(
                f"{self.file}: missing or damaged, so its unfinished run cannot be resumed; "
                "restore the file from a copy, choose another output, or start again with "
                "--overwrite"
            ) from error
        different = difference_from(earlier, settings)
        if different:
            raise DataError(
                f"{self.file.parent}: holds an unfinished run with another "
                f"{', '.join(different)}; repeat the first command to resume it, choose another "
                "output, or start again with --overwrite"
            )

    def are_damaged(self) -> bool:
        """Return whether the settings are damaged; a missing file is the user's decision."""
        try:
            read_checked_json(self.file, Recorded)
        except FileNotFoundError:
            return False
        except DamagedFileError:
            return True
        return False

    def restore(self, settings: dict[str, Any]) -> None:
        """Write the settings of a finished run again, whose file is damaged."""
        log.warning("%s: damaged; written again", self.file)
        self.write(settings)
