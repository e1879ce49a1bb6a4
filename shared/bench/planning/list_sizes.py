"""How many images a list holds: counted if it is there, else as published or as drawn."""

from functools import cache
from pathlib import Path

# The published lists (table 1 of the paper), the competition's queries and index, and its index
# with all relevant images. index-train and all differ by the queries that show a known landmark.
PUBLISHED = {
    "lists/clean.tsv": 1_580_470,
    "lists/c2x.tsv": 3_223_078,
    "lists/full.tsv": 4_132_914,
    "lists/index-train.tsv": 4_825_830,
    "lists/all.tsv": 4_825_830,
    "lists/index.tsv": 761_757,
    "lists/queries.tsv": 117_577,
    "kaggle-lists/test.tsv": 1_129,
    "kaggle-lists/index.tsv": 76_176,
    "kaggle-lists/expanded.tsv": 78_959,
}
LANDMARKS = 203_094
CLEAN_LANDMARKS = 81_313


@cache
def images_in(path: Path) -> int:
    """Count a list's rows; a list that is not made yet has its published size."""
    if not path.exists():
        return PUBLISHED["/".join(path.parts[-2:])]
    with path.open("rb") as stream:
        lines = stream.read().splitlines()
    return sum(not line.startswith(b"#") for line in lines) - 1


def classes_in(path: Path) -> int:
    """Return the number of landmarks of a published list to train on."""
    return CLEAN_LANDMARKS if path.stem in ("clean", "c2x") else LANDMARKS
