"""From a run to the file of its report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gld_shared.progress import Advance, silent
from gld_shared.provenance import History
from gld_shared.tables import Table

from gld_eval.report.listed_images import ListedImages, lists_of_stores, read_listed
from gld_eval.report.page import Page
from gld_eval.report.pictures import PictureOptions, make_pictures
from gld_eval.report.provenance import drawn_chain
from gld_eval.report.render import render
from gld_eval.report.scored import ScoredRun
from gld_eval.report.unjudged import UnjudgedRun

Record = Callable[[Sequence[Table]], History]


@dataclass(frozen=True)
class ReportOptions:
    """The lists of the images, by default those of the stores, and the pictures, if wanted."""

    lists: Sequence[str] = ()
    pictures: PictureOptions | None = None


_PLAIN = ReportOptions()


def make_report(
    run: ScoredRun | UnjudgedRun,
    options: ReportOptions = _PLAIN,
    record: Record | None = None,
    advance: Advance = silent,
) -> bytes:
    """Return the HTML of a run's report: the same bytes for the same inputs.

    If pictures are wanted and no lists are given, the run's neighbours name the stores whose lists
    are read. ``record`` returns the report's history, given the lists; by default it is that of
    the neighbours. ``advance`` counts pictures.
    Raises DataError when lists, stores or images cannot be read. Memory: the page, and that of
    ``read_listed`` and ``make_thumbnails``.
    """
    listed = _listed(run, options)
    history = record(listed.tables) if record else run.kept.ranking.history
    page: Page = run.page(listed, drawn_chain(history))
    if options.pictures is None:
        return render(page, {})
    return render(page, make_pictures(page.gallery, listed, options.pictures, advance))


def _listed(run: ScoredRun | UnjudgedRun, options: ReportOptions) -> ListedImages:
    if options.lists:
        return read_listed(options.lists, run.ids)
    if options.pictures is None:
        return ListedImages()
    recorded = lists_of_stores(run.kept.ranking)
    return read_listed(list(dict.fromkeys(each.path for each in recorded)), run.ids, recorded)
