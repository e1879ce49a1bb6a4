"""The options that say which scores are written."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click
from gld_shared.command import seed_option


@dataclass(frozen=True)
class ScoreOutput:
    """Whether each query's scores are written, before the means, and the seed of intervals."""

    per_query: bool
    seed: int


def score_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options of ``ScoreOutput``, which the function gets as ``scores``."""

    @click.option(
        "--per-query", is_flag=True, help="Also write a row for each query, before the means."
    )
    @seed_option
    @wraps(function)
    def gathered(*, per_query: bool, seed: int, **others: Any) -> None:
        function(scores=ScoreOutput(per_query, seed), **others)

    return gathered
