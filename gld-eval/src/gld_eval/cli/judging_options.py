"""The options that say how neighbours are judged."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click
from gld_shared.command.path_types import InputPath

from gld_eval.protocols.names import NAMES


@dataclass(frozen=True)
class Judging:
    """The relevant pairs, if there are any, the protocol if it is named, and names of metrics."""

    truth: str | None
    protocol: str | None
    metrics: tuple[str, ...]


def judging_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options of ``Judging``, which the function gets as ``judging``."""

    @click.option(
        "--truth", type=InputPath(), metavar="TSV", help="The relevant pairs; required for scoring."
    )
    @click.option(
        "--protocol",
        type=click.Choice(NAMES),
        metavar="NAME",
        help=f"The definition of the scores: {', '.join(NAMES)}. [default: revisitop if the truth "
        "grades images as easy or hard, gldv2-recognition if it is a list with landmarks, trec if "
        "it is TREC qrels, else gldv2-retrieval]",
    )
    @click.option(
        "-m",
        "--metric",
        "metrics",
        multiple=True,
        metavar="NAME@K",
        help="map@K, precision@K or recall@K; repeatable. Other protocols have other metrics. "
        "[default: map@100, precision@10, recall@10, or those of the protocol]",
    )
    @wraps(function)
    def gathered(
        *, truth: str | None, protocol: str | None, metrics: tuple[str, ...], **others: Any
    ) -> None:
        function(judging=Judging(truth, protocol, metrics), **others)

    return gathered
