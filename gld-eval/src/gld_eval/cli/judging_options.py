"""The options that say how neighbours are judged."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import click
from gld_shared.command.path_types import InputPath

if TYPE_CHECKING:
    from gld_eval.metric_names import Metric


@dataclass(frozen=True)
class Judging:
    """The relevant pairs, if there are any, and the metrics."""

    truth: str | None
    metrics: "list[Metric]"


def _parsed(_: click.Context, __: click.Parameter, names: tuple[str, ...]) -> "list[Metric]":
    from gld_eval.metric_names import parse_metrics

    try:
        return parse_metrics(names)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def judging_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options of ``Judging``, which the function gets as ``judging``."""

    @click.option(
        "--truth", type=InputPath(), metavar="TSV", help="The relevant pairs; required for scoring."
    )
    @click.option(
        "-m",
        "--metric",
        "metrics",
        multiple=True,
        metavar="NAME@K",
        callback=_parsed,
        help="map@K, precision@K or recall@K; repeatable. [default: map@100, precision@10, "
        "recall@10]",
    )
    @wraps(function)
    def gathered(*, truth: str | None, metrics: "list[Metric]", **others: Any) -> None:
        function(judging=Judging(truth, metrics), **others)

    return gathered
