"""gld-eval --verify: whether the files of a history are still the same."""

import logging
from collections.abc import Callable

import click
from gld_shared.errors import DataError

log = logging.getLogger(__name__)


def verify_option(function: Callable[..., None]) -> Callable[..., None]:
    """Add ``--verify``."""
    return click.option(
        "--verify",
        is_flag=True,
        help="Score nothing; check that the files which NEIGHBOURS, or a table of scores in its "
        "place, was made from are still the same, back to the lists.",
    )(function)


def verify(source: str) -> None:
    """Check the history of a table. Raises DataError naming the first file that differs."""
    from gld_shared.files import display_name
    from gld_shared.text_encoding import shown

    from gld_eval.verify_history import verify_history

    problems = verify_history(source)
    for problem in problems:
        log.info("%s", problem)
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise DataError(f"{problems[0]}{more}")
    click.echo(f"{shown(display_name(source))}: every file of its history matches")
