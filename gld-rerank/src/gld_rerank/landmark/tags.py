"""The landmarks and countries of index images, and the rows that have each."""

import numpy as np
from gld_shared.neighbours import NONE
from gld_shared.search.blocks import Rows


class IndexTags:
    """A tag for each index row (n,), -1 = none, and the rows of each tag, ascending.

    Memory: 16 bytes for each row.
    """

    def __init__(self, tags: Rows) -> None:
        """Group the rows by tag."""
        self.of_rows = tags
        order = np.argsort(tags, kind="stable")
        self.rows = order[np.count_nonzero(tags == NONE) :]
        ordered = tags[self.rows]
        starts = np.flatnonzero(np.diff(ordered, prepend=NONE))
        self.distinct = ordered[starts]
        self.ends = np.append(starts, len(self.rows))

    def groups_of(self, tags: Rows) -> Rows:
        """Return the number of each tag's group, of any shape, -1 = no row has the tag.

        Group g holds the rows ``self.rows[self.ends[g] : self.ends[g + 1]]``.
        """
        if not len(self.distinct):
            return np.full(tags.shape, NONE, np.int64)
        groups = np.minimum(np.searchsorted(self.distinct, tags), len(self.distinct) - 1)
        return np.where(self.distinct[groups] == tags, groups, NONE)

    def rows_of(self, tag: int) -> Rows:
        """Return the rows that have a tag, ascending."""
        group = int(self.groups_of(np.array([tag]))[0])
        if group == NONE:
            return self.rows[:0]
        return self.rows[self.ends[group] : self.ends[group + 1]]
