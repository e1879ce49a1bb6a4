"""Lists of landmarks."""

import polars as pl
import pytest


@pytest.fixture(scope="session")
def landmark_list():
    """Return a function that makes a list of landmarks with the given numbers of images.

    Every second image is clean. ``continents`` has one per landmark.
    """

    def make(sizes, continents=None, unlabelled=0):
        labels = [label for label, size in enumerate(sizes) for _ in range(size)]
        labels += [None] * unlabelled
        ids = [f"image{position}" for position in range(len(labels))]
        columns = {
            "id": ids,
            "path": [f"{image}.jpg" for image in ids],
            "label": labels,
            "landmark": ["" if label is None else f"place {label}" for label in labels],
            "clean": [position % 2 for position in range(len(labels))],
        }
        if continents:
            columns["continent"] = ["" if label is None else continents[label] for label in labels]
        return pl.DataFrame(columns, schema_overrides={"label": pl.Int64, "clean": pl.Int8})

    return make
