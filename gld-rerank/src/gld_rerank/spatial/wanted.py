"""From a table's candidates to the images and pairs that are to be verified."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from gld_shared.errors import DataError
from gld_shared.neighbours import NONE
from gld_shared.provenance import Input
from gld_shared.search.blocks import Rows

from gld_rerank.neighbours import Neighbours, Source, open_neighbours
from gld_rerank.spatial.detection import WantedKeypoints
from gld_rerank.spatial.features.kinds import KINDS, FeatureKind
from gld_rerank.spatial.keypoint_store import KeypointStore
from gld_rerank.spatial.listed_images import ListedImages, listed_images
from gld_rerank.spatial.scoring import Inliers
from gld_rerank.spatial.verification import WantedPairs

SIZE = 1024


@dataclass(frozen=True)
class ImageOptions:
    """Where the images are, and how keypoints are found in them.

    ``images`` is the source of the index, and by default of the queries (see ``open_source``).
    ``lists`` are by default those that the stores were made from; ``keypoints``, the folder that
    holds the stores of keypoints, is by default that of the list. Larger images are reduced to
    ``size``. Unreadable images that are skipped have no keypoints.
    """

    images: str
    query_images: str | None = None
    lists: Sequence[str] = ()
    query_lists: Sequence[str] = ()
    keypoints: str | None = None
    features: str = "sift"
    size: int = SIZE
    skip_unreadable: bool = False


@dataclass(frozen=True)
class Candidates:
    """The first candidates of the queries at ``places`` of the table ``found``.

    ``queries`` and ``index`` are the images whose keypoints are wanted, in the order of ``places``
    and of the distinct rows in ``rows`` (p, m), the index rows of the candidates, -1 = none.
    ``lists`` are the tables that name the images.
    """

    found: Neighbours
    places: Rows
    rows: Rows
    queries: WantedKeypoints
    index: WantedKeypoints
    lists: Sequence[Input]

    def pairs(self, model: str, threshold: float) -> WantedPairs:
        """Return the pairs of readable images, once all keypoints are detected."""
        blind_queries, blind_index = self.queries.unreadable(), self.index.unreadable()
        pairs = []
        for query, row in enumerate(self._index_places()):
            is_blind = self.queries.row_of(query) in blind_queries
            places = [] if is_blind else row[row != NONE].tolist()
            pairs.append([at for at in places if self.index.row_of(at) not in blind_index])
        return WantedPairs(self.queries, self.index, pairs, model, threshold)

    def inliers(self, pairs: WantedPairs) -> Inliers:
        """Return the inliers of all candidates of the table, (q, m), 0 where no pair was wanted."""
        inliers = np.zeros((len(self.found.query_ids), self.rows.shape[1]), np.int64)
        for query, row in enumerate(self._index_places()):
            counted = dict(zip(pairs.pairs[query], pairs.inliers(query), strict=True))
            inliers[self.places[query]] = [counted.get(int(place), 0) for place in row]
        return inliers

    def _index_places(self) -> Rows:
        """Return the candidates' places in ``index``, (p, m), -1 = none."""
        present = self.rows != NONE
        places = np.full(self.rows.shape, NONE, np.int64)
        places[present] = np.unique(self.rows[present], return_inverse=True)[1]
        return places


def wanted_candidates(
    neighbours: Source, options: ImageOptions, top: int, only: str | None = None
) -> Candidates:
    """Open neighbours, the lists of their images, and the stores of keypoints.

    ``top`` candidates of each query are wanted; with ``only``, those of this query alone. Raises
    DataError when neighbours or lists cannot be opened or do not match, when keypoints of other
    settings are in the way, and when the features are not installed.
    """
    kind = _kind(options.features)
    found = open_neighbours(neighbours)
    found.check_scores()
    names = enumerate(found.query_ids)
    found.warn_if_it_lacks(top, "--top")
    places = np.array([place for place, name in names if only in (None, name)], np.int64)
    rows = found.rows[places, :top]
    queries = listed_images(
        found.queries[0],
        options.query_lists,
        options.query_images or options.images,
        "--query-list",
    )
    index = listed_images(found.index[0], options.lists, options.images, "--list")
    _refuse_one_list_of_two_sources(queries, index)
    if options.keypoints:
        _refuse_one_name_of_two_lists(queries, index)
    return Candidates(
        found,
        places,
        rows,
        _wanted(queries, kind, options, [found.query_ids[place] for place in places]),
        _wanted(index, kind, options, found.index_side.ids.take(np.unique(rows[rows != NONE]))),
        [*queries.lists.tables, *index.lists.tables],
    )


def _kind(name: str) -> FeatureKind:
    if name not in KINDS:
        raise DataError(f"features is {name!r}, expected {', '.join(KINDS)}")
    KINDS[name].check_installed()
    return KINDS[name]


def _refuse_one_list_of_two_sources(queries: ListedImages, index: ListedImages) -> None:
    """Raise DataError if one list, and so one store of keypoints, would have two photographs."""
    if queries.place != index.place and queries.digest == index.digest:
        raise DataError(
            f"{queries.path} and {index.path}: list the same images, in --query-images "
            f"{queries.images} and in --images {index.images}; expected one source for them, or "
            "other lists (--query-list, --list)"
        )


def _refuse_one_name_of_two_lists(queries: ListedImages, index: ListedImages) -> None:
    """Raise DataError if two lists would keep their keypoints in one folder."""
    if queries.name == index.name and queries.digest != index.digest:
        raise DataError(
            f"{queries.path} and {index.path}: list other images under one name, after which the "
            "folders of their keypoints are named; rename one of the lists, or leave out "
            "--keypoints, so that each is kept beside its list"
        )


def _wanted(
    listed: ListedImages, kind: FeatureKind, options: ImageOptions, ids: Sequence[str] | pl.Series
) -> WantedKeypoints:
    folder = Path(options.keypoints) if options.keypoints else Path(listed.path).parent
    settings = {
        "list": {"path": listed.path, "sha256": listed.digest},
        "images": listed.place,
        "features": kind.settings,
        "size": options.size,
    }
    rows = listed.find(ids)
    store = KeypointStore.open(folder / f"{listed.name}.{kind.name}.keypoints", kind, settings)
    return WantedKeypoints(store, kind, rows, listed.images, options.size, options.skip_unreadable)
