"""Which images of a unit could not be read: kept until the store is finished."""

import json
from collections.abc import Mapping
from pathlib import Path

from gld_shared.files import atomic_file


class Notes:
    """A file for each unit that has unreadable images: their rows, and why."""

    def __init__(self, folder: Path) -> None:
        """Keep the files in ``folder``, which exists."""
        self.folder = folder

    def write(self, unit: int, reasons: Mapping[int, str]) -> None:
        """Note a unit's unreadable rows, or that there are none."""
        file = self._file(unit)
        if not reasons:
            file.unlink(missing_ok=True)
            return
        text = json.dumps({str(row): reason for row, reason in reasons.items()})
        with atomic_file(file) as stream:
            stream.write(text.encode())

    def read(self, unit: int) -> dict[int, str]:
        """A unit's unreadable rows, and why."""
        file = self._file(unit)
        if not file.exists():
            return {}
        return {int(row): reason for row, reason in json.loads(file.read_text()).items()}

    def read_all(self) -> dict[int, str]:
        """The unreadable rows of all units, in their order."""
        units = (int(file.stem.removeprefix("unreadable-")) for file in self._files())
        return {row: why for unit in sorted(units) for row, why in self.read(unit).items()}

    def _files(self) -> list[Path]:
        return list(self.folder.glob("unreadable-*.json"))

    def _file(self, unit: int) -> Path:
        return self.folder / f"unreadable-{unit}.json"
