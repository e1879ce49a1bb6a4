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


class UnjudgedRun:
    """A run without truth; of too many queries, half of those shown have the most alike results."""

    def __init__(self, kept: KeptRows, seed: int = 0) -> None:
        """Choose the queries of the gallery."""
        self.kept = kept
        best = first_scores(kept)
        alike = best.sort("score", descending=True, nulls_last=True, maintain_order=True)
        self._queries = best.height
        self._choice = choose_queries(
            best["query_id"].to_list(),
            alike["query_id"].head(MOST // 2).to_list(),
            "whose best results are most alike",
            seed,
        )
        self.shown = unjudged_queries(kept, self._choice.queries)

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
            title=f"Neighbours of {shown(display_name(self.kept.path))}",
            facts=[
                counted(self._queries, "query", "queries"),
                "nothing is scored, as no truth was given",
            ],
            gallery=Gallery(self.shown, listed),
            orders=[
                ("alike", "most alike result first"),
                ("id", "id"),
                ("table", "as in the neighbours"),
            ],
            chain=chain,
            notes=[self._choice.rule] if self._choice.rule else [],
        )
