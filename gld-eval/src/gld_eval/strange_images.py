"""Noticing neighbours whose images have other names than those of the truth."""

import logging

import polars as pl
from gld_shared.files import display_name

from gld_eval.judgements import Judgements

log = logging.getLogger(__name__)


class StrangeImages:
    """Whether the truth knows any image that was found, for any query.

    Ids with and without ``.jpg`` would give every query 0 without a word. Memory: the ids of the
    truth's images, while none of them has been found.
    """

    def __init__(self, judgements: Judgements) -> None:
        """Expect the images of the judgements."""
        self._judgements = judgements
        self._images: pl.Series | None = None
        self._known = False
        self._example: str | None = None

    def see(self, images: pl.Series, any_known: bool) -> None:
        """See ids that were found; ``any_known`` spares the search of those that the truth has."""
        if self._example is None and len(images):
            self._example = str(images[0])
        if self._known or any_known:
            self._known = True
            return
        if self._images is None:
            self._images = self._judgements.pairs["index_id"].unique(maintain_order=True)
        self._known = images.is_in(self._images.implode()).any()

    def report(self, path: str) -> None:
        """Log a warning if images were seen, and the truth knows none of them."""
        if self._known or self._example is None or self._images is None:
            return
        log.warning(
            "no image in %s, such as %r, is in %s, which has %r; were the same names used?",
            *(display_name(path), self._example),
            *(display_name(self._judgements.path), self._images[0]),
        )
