"""The properties of a group that are known before its first chunk."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

from gld_shared.store.group_format import GroupFormat
from gld_shared.store.zarr_group import ZarrGroup

Group = TypeVar("Group", bound=ZarrGroup, covariant=True)


class GroupSpec(Protocol[Group]):
    """The properties of a group of one format, which decide every byte of its metadata.

    ``attributes`` are those of the group, without ``format``. The arrays ``chunked`` are written
    chunk by chunk; they have the same rows and the same rows per chunk.
    """

    @property
    def kind(self) -> GroupFormat:
        """The format."""

    @property
    def attributes(self) -> Mapping[str, Any]:
        """The attributes, without ``format``."""

    @property
    def chunked(self) -> tuple[str, ...]:
        """The names of the arrays that are written chunk by chunk."""

    def write_empty(self, folder: Path, checksums: bool = True) -> None:
        """Write all that a group has before its first chunk to an empty folder.

        The folder itself stays: the caller holds its lock.
        """

    def open_group(self, folder: Path) -> Group:
        """Open a group of these properties, finished or not."""

    def verify(self, folder: Path) -> None:
        """Read a finished group whole. Raises DataError when it is damaged."""

    def settings(self) -> dict[str, Any]:
        """Return the properties that an earlier run's group must share, to be resumed."""

    def settings_of(self, folder: Path, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """Return the same properties of an earlier run's group, which has these attributes."""
