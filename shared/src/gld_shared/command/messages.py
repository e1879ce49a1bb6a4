"""Everything that a user reads on standard error: errors, log lines, progress.

Text from files and arguments may hold what a terminal obeys, or what turns a line around. Here, and
only here, such characters are escaped and long text is shortened, so that no message has to.
"""

import logging
import traceback
from contextlib import suppress

import click

from gld_shared.faults import one_line
from gld_shared.text_encoding import shown, shown_message


def say(line: str) -> None:
    """Print a line on standard error; without a reader of messages, nothing."""
    with suppress(OSError):
        click.echo(shown_message(line), err=True)


def say_error(error: BaseException) -> None:
    """Print the line of an error."""
    say(f"Error: {one_line(error)}")


def say_usage_error(error: click.ClickException) -> None:
    """Print the usage, and the line of an error in the command line."""
    message = error.format_message()
    # The message for a missing argument lists its choices, one a line, and nothing that was typed.
    if not isinstance(error, click.MissingParameter):
        message = shown_message(message)
    vars(error)["format_message"] = lambda: message
    with suppress(OSError):
        error.show()


def say_traceback(error: BaseException) -> None:
    """Print the traceback of an error, escaped but whole."""
    with suppress(OSError):
        click.echo(_shown_lines("".join(traceback.format_exception(error))), err=True, nl=False)


class LogFormatter(logging.Formatter):
    """A line of the log: the tool's name and the message.

    A message of gld is one line; those of other libraries may have several.
    """

    def __init__(self, tool_name: str) -> None:
        """Begin each message with the name of the tool."""
        super().__init__(f"{tool_name}: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the line of a message."""
        is_own = record.name.startswith("gld_")
        record.message = (shown_message if is_own else _shown_lines)(record.message.rstrip("\n"))
        return super().formatMessage(record)

    def formatException(self, ei: object) -> str:
        """Return the lines of a traceback."""
        return _shown_lines(super().formatException(ei))  # type: ignore[arg-type]


def _shown_lines(text: str) -> str:
    return "\n".join(map(shown, text.split("\n")))
