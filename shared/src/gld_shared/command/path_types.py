"""The types of options that take a path: what a command reads, and what it writes."""

from typing import Any

import click

from gld_shared.compression import refuse_other_compression
from gld_shared.errors import DataError
from gld_shared.output_targets import STDIO, refuse_other_than_folder


class NamedPath(click.Path):
    """A path that is not empty: to Python that would be the working folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path; fail for an empty one."""
        if value == "":
            self.fail(
                "the name is empty; the variable that it comes from may be unset.", param, ctx
            )
        return super().convert(value, param, ctx)


class InputPath(NamedPath):
    """A file or folder that the command reads, or a name that may be one."""


class OutputPath(NamedPath):
    """A file or folder that the command writes.

    ``is_folder``: a folder; ``replaces_folder``: one that is replaced with all that it holds.
    ``is_text``: the ending of the name selects the compression. ``is_read_too``: what it holds is
    an input as well, such as a file that is extended.
    """

    def __init__(
        self,
        is_folder: bool = False,
        replaces_folder: bool = False,
        is_text: bool = False,
        is_read_too: bool = False,
        **options: Any,
    ) -> None:
        """Take click's options too."""
        super().__init__(**options)
        self.replaces_folder = replaces_folder
        self._is_folder = is_folder or replaces_folder
        self._is_text = is_text
        self.is_read_too = is_read_too

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path; fail for standard output, an ending, or a file if not allowed."""
        if value == STDIO and not self.allow_dash:
            self.fail("'-' is standard output, expected a name; the command prints it.", param, ctx)
        try:
            if self._is_text:
                refuse_other_compression(str(value))
            if self._is_folder:
                refuse_other_than_folder(value)
        except DataError as error:
            self.fail(f"{error}.", param, ctx)
        return super().convert(value, param, ctx)
