"""The report of neighbours without truth: the gallery alone."""

from collections.abc import Sequence

from gld_shared.counting import counted
from gld_shared.files import display_name
from gld_shared.text_encoding import shown

from gld_eval.report.choice_of_queries import MOST, choose_queries
from gld_eval.report.gallery import Gallery
from gld_eval.report.kept_rows import KeptRows
from gld_eval.report.listed_images import ListedImages
from gld_eval.report.page import Page
from gld_eval.report.provenance import DrawnStep
from gld_eval.report.shown_queries import count_images, first_scores, unjudged_queries
from gld_eval.report.wording import PHOTOGRAPHS


class UnjudgedRun:
    """A run without truth; of too many queries, half of those shown have the most alike results."""

    def __init__(self, kept: KeptRows, seed: int = 0, most: int = MOST) -> None:
        """Choose the queries of the gallery, ``most`` at most."""
        self.kept = kept
        best = first_scores(kept)
        alike = best.sort("score", descending=True, nulls_last=True, maintain_order=True)
        self._queries = best.height
        choice = choose_queries(
            best["query_id"].to_list(),
            alike["query_id"].head(most // 2).to_list(),
            "whose nearest neighbours are most alike",
            *(seed, most, PHOTOGRAPHS),
        )
        self.choice = choice.rule
        self.shown = unjudged_queries(kept, choice.queries)

    @property
    def images(self) -> int:
        """The number of images that the gallery shows."""
        return count_images(self.shown)

    @property
    def ids(self) -> set[str]:
        """The images that the report names."""
        return {image for query in self.shown for image in query.images}

    def page(self, listed: ListedImages, chain: Sequence[DrawnStep]) -> Page:
        """Return the contents of the report."""
        return Page(
            title="Most alike photographs",
            facts=[
                counted(self._queries, PHOTOGRAPHS.query),
                f"neighbours from {shown(display_name(self.kept.path))}",
            ],
            gallery=Gallery(self.shown, listed, wording=PHOTOGRAPHS),
            orders=[
                ("alike", "most alike first"),
                ("id", "id"),
                ("table", "as in the table of neighbours"),
            ],
            chain=chain,
            notes=[
                *([f"This page shows {self.choice}."] if self.choice else []),
                *listed.unreadable_notes(PHOTOGRAPHS.query),
            ],
        )
