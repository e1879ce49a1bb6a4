"""The options that say which scores are written."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click
from gld_shared.command import seed_option
from gld_shared.command.path_types import InputPath


@dataclass(frozen=True)
class ScoreOutput:
    """Which scores are written, and how."""

    baseline: str | None
    per_query: bool
    form: str
    seed: int


def score_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options of ``ScoreOutput``, which the function gets as ``scores``."""

    @click.option(
        "--baseline",
        type=InputPath(),
        metavar="NEIGHBOURS",
        help="Compare with these: differences with intervals and p-values, and the queries that "
        "gained and lost most.",
    )
    @click.option(
        "--per-query", is_flag=True, help="Also write a row for each query, before the means."
    )
    @click.option(
        "--format",
        "form",
        type=click.Choice(["tsv", "json", "markdown"]),
        default="tsv",
        show_default=True,
        help="Form of the scores.",
    )
    @seed_option
    @wraps(function)
    def gathered(
        *, baseline: str | None, per_query: bool, form: str, seed: int, **others: Any
    ) -> None:
        function(scores=ScoreOutput(baseline, per_query, form, seed), **others)

    return gathered
