"""Batches of a unit with images of many shapes."""

import numpy as np
import pytest
import torch
from gld_embed.batching import Batch, EmbeddedBatch, EmbeddedUnit, batches_of
from gld_embed.images.decoder import Image
from gld_shared.work.units import Unit

UNIT = Unit(0, range(200))


def images(widths: list[int]) -> list[Image]:
    return [
        Image(UNIT, row, torch.full((3, 4, width), row, dtype=torch.uint8))
        for row, width in enumerate(widths)
    ]


def rows_of(widths: list[int], size: int) -> list[list[int]]:
    """Return the rows of each batch but the last one, which is empty."""
    *batches, last = batches_of(UNIT, images(widths), size)
    assert last == Batch(UNIT, [])
    for batch in batches:
        assert batch.pixels[:, 0, 0, 0].tolist() == [image.row for image in batch.images]
    return [[image.row for image in batch.images] for batch in batches]


def test_batches_hold_images_of_one_shape():
    assert rows_of([5, 6, 5, 6, 6, 5, 6], 2) == [[0, 2], [1, 3], [4, 6], [5]]


def test_a_unit_without_images_has_the_empty_batch_alone():
    assert rows_of([], 2) == []


def test_when_eight_batches_wait_the_most_frequent_shape_goes_first():
    batches = rows_of([*range(10, 24), 40, 40, *range(50, 60)], 3)
    assert batches[0] == [14, 15], "24 images wait, two of them 40 pixels wide"
    assert sorted(row for batch in batches for row in batch) == [*range(26)]


@pytest.mark.parametrize("size", [1, 2, 7])
def test_no_image_is_lost_whatever_the_shapes(size):
    widths = np.random.default_rng(0).integers(1, 30, 200).tolist()
    batches = rows_of(widths, size)
    assert sorted(row for batch in batches for row in batch) == [*range(200)]
    assert max(map(len, batches)) <= size


def test_vectors_get_the_places_of_their_rows():
    unit = Unit(3, range(10, 14))
    joined = EmbeddedUnit(unit, np.zeros((4, 2), np.float32))
    joined.add(EmbeddedBatch(unit, [12, 10], np.array([[5, 6], [7, 8]], np.float32)))
    joined.add(EmbeddedBatch(unit, [13], np.array([[np.nan, 1]], np.float32)))
    assert joined.vectors.tolist() == [[7, 8], [0, 0], [5, 6], [0, 0]]
    assert joined.broken == [13]
