"""The options of the report."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click
from gld_shared.command import image_memory_option, workers_option
from gld_shared.command.given_options import is_given
from gld_shared.command.number_types import COUNT
from gld_shared.command.path_types import InputPath, OutputPath

from gld_eval.report.choice_of_queries import MOST

_OF_REPORT = (
    "--images",
    "--query-images",
    "--list",
    "--show",
    "-j",
    "--image-memory",
    "--skip-unreadable",
)


@dataclass(frozen=True)
class ReportRequest:
    """The file of the report, and where its pictures come from."""

    path: str
    images: str | None
    query_images: str | None
    lists: tuple[str, ...]
    workers: int
    skip_unreadable: bool
    show: int


def report_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options of ``ReportRequest``, which the function gets as ``report``, or None."""

    @click.option(
        "--report",
        type=OutputPath(),
        metavar="HTML",
        help="Also write a page with scores, curves, and the queries with their results. Without "
        "--truth, write just the queries with their results.",
    )
    @click.option(
        "--images",
        "pictures",
        type=InputPath(readable=False),
        metavar="SOURCE",
        help="Show pictures in the report: a folder, 'X.tar' or 'X_{000..099}.tar', or a URL of "
        "one.",
    )
    @click.option(
        "--query-images",
        "query_pictures",
        type=InputPath(readable=False),
        metavar="SOURCE",
        help="The same for the queries.  [default: --images]",
    )
    @click.option(
        "--list",
        "picture_lists",
        multiple=True,
        type=InputPath(),
        metavar="LIST",
        help="List of images in the report, for paths, landmarks and countries; repeat for "
        "several.  [default with --images: those that the stores were made from]",
    )
    @click.option(
        "--show",
        "shown_queries",
        type=COUNT,
        default=MOST,
        show_default=True,
        help="Show at most this many queries in the report; thousands may take more than 20 MB.",
    )
    @workers_option
    @image_memory_option
    @click.option(
        "--skip-unreadable",
        "skips_pictures",
        is_flag=True,
        help="Show unreadable images without a picture.",
    )
    @wraps(function)
    def gathered(
        *,
        report: str | None,
        pictures: str | None,
        query_pictures: str | None,
        picture_lists: tuple[str, ...],
        workers: int,
        skips_pictures: bool,
        shown_queries: int,
        **others: Any,
    ) -> None:
        request = ReportRequest(
            *(report or "", pictures, query_pictures, picture_lists, workers, skips_pictures),
            show=shown_queries,
        )
        _refuse_without_use(request)
        function(report=request if report else None, **others)

    return gathered


def _refuse_without_use(request: ReportRequest) -> None:
    """Raise UsageError for options that would change nothing."""
    given = [name for name in _OF_REPORT if is_given(name)]
    if given and not request.path:
        raise click.UsageError(f"{', '.join(given)}: only a report shows images; give --report too")
    for name, value in (
        ("--query-images", request.query_images),
        ("--skip-unreadable", request.skip_unreadable),
    ):
        if value and not request.images:
            raise click.UsageError(f"{name}: without --images there are no pictures; give it too")
