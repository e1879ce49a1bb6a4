"""The tables that the commands exchange: TSV with one JSON header line.

Line 1 is ``#`` and one JSON object (optional when read, always written), line 2 the column names,
then one row per line; tabs, no quoting, UTF-8. Columns are found by name.
"""

from gld_shared.tables.json_header import read_header
from gld_shared.tables.kinds import (
    LANDMARKS,
    LIST,
    NEIGHBOURS,
    PREDICTIONS,
    SCORES,
    TRUTH,
    UNREADABLE,
    Kind,
)
from gld_shared.tables.neighbour_stream import (
    NeighbourStream,
    read_best_neighbours,
    stream_neighbours,
)
from gld_shared.tables.read import (
    Table,
    first_rows,
    parse_table,
    read_landmarks,
    read_list,
    read_neighbours,
    read_scores,
    read_table,
    read_truth,
)
from gld_shared.tables.write import write_table

__all__ = [
    "LANDMARKS",
    "LIST",
    "NEIGHBOURS",
    "PREDICTIONS",
    "SCORES",
    "TRUTH",
    "UNREADABLE",
    "Kind",
    "NeighbourStream",
    "Table",
    "first_rows",
    "parse_table",
    "read_best_neighbours",
    "read_header",
    "read_landmarks",
    "read_list",
    "read_neighbours",
    "read_scores",
    "read_table",
    "read_truth",
    "stream_neighbours",
    "write_table",
]
