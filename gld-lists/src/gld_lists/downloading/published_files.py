"""The published files of Google Landmarks v2 and their addresses, which no other module knows."""

from typing import NamedTuple

BASE_URL = "https://s3.amazonaws.com/google-landmark"
COUNTRY_BASE_URL = "https://storage.googleapis.com/gld-v2/data/train/country"

METADATA, COUNTRIES = "metadata", "countries"
# Archives of each set of images, numbered from 0.
ARCHIVES = {"index": 100, "test": 20, "train": 500}
PARTS = (METADATA, *ARCHIVES, COUNTRIES)


class Table(NamedTuple):
    """A published CSV file: its path below the folder, its address, and its columns."""

    path: str
    address: str
    columns: tuple[str, ...]


def _table(address: str, columns: str) -> Table:
    """Return a CSV file that goes to the set in its name; the solutions go to test."""
    name = address.rpartition("/")[2]
    first = name.removesuffix(".csv").partition("_")[0]
    return Table(f"{first if first in ARCHIVES else 'test'}/{name}", address, (*columns.split(),))


_HIERARCHICAL = "landmark_id category supercategory hierarchical_label natural_or_human_made"
TABLES = (
    _table("metadata/train.csv", "id url landmark_id"),
    _table("metadata/train_clean.csv", "landmark_id images"),
    _table("metadata/train_attribution.csv", "id url author license title"),
    _table("metadata/train_label_to_category.csv", "landmark_id category"),
    _table("metadata/train_label_to_hierarchical.csv", _HIERARCHICAL),
    _table("metadata/index.csv", "id"),
    _table("metadata/index_image_to_landmark.csv", "id landmark_id"),
    _table("metadata/index_label_to_category.csv", "landmark_id category"),
    _table("metadata/index_label_to_hierarchical.csv", _HIERARCHICAL),
    _table("metadata/test.csv", "id"),
    _table("ground_truth/recognition_solution_v2.1.csv", "id landmarks Usage"),
    _table("ground_truth/retrieval_solution_v2.1.csv", "id images Usage"),
)


def archive_name(number: int) -> str:
    """Return an archive's name without its suffix: ``images_007``."""
    return f"images_{number:03d}"


def archive_address(split: str, number: int, base: str = BASE_URL) -> str:
    """Return the address of an archive of images."""
    return f"{base}/{split}/{archive_name(number)}.tar"


def checksum_address(split: str, number: int, base: str = BASE_URL) -> str:
    """Return the address of an archive's MD5."""
    return f"{base}/md5sum/{split}/md5.{archive_name(number)}.txt"
