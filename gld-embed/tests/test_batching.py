"""Batches of a unit with images of many shapes."""

import numpy as np
import pytest
import torch
from gld_embed.batching import embed_unit
from gld_embed.images.decoder import Image
from gld_shared.work.units import Unit

UNIT = Unit(0, range(200))


class Counting:
    """A network whose vectors identify the image; it records its batches."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    def __call__(self, pixels: torch.Tensor) -> np.ndarray:
        numbers = pixels[:, 0, 0, 0].numpy()
        self.batches.append(numbers.tolist())
        return np.stack([numbers, numbers + 1], axis=1).astype(np.float32)


def images(widths: list[int]) -> list[Image]:
    return [
        Image(UNIT, row, torch.full((3, 4, width), row, dtype=torch.uint8))
        for row, width in enumerate(widths)
    ]


def test_batches_hold_images_of_one_shape():
    network = Counting()
    done = embed_unit(images([5, 6, 5, 6, 6, 5, 6]), range(7), network, 2, batch=2)
    assert network.batches == [[0, 2], [1, 3], [4, 6], [5]]
    np.testing.assert_array_equal(done.vectors[:, 0], range(7))


def test_when_eight_batches_wait_the_most_frequent_shape_goes_first():
    network = Counting()
    widths = [*range(10, 24), 40, 40, *range(50, 60)]
    done = embed_unit(images(widths), range(26), network, 2, batch=3)
    assert network.batches[0] == [14, 15], "24 images wait, two of them 40 pixels wide"
    assert sorted(row for batch in network.batches for row in batch) == [*range(26)]
    np.testing.assert_array_equal(done.vectors[:, 0], range(26))


@pytest.mark.parametrize("batch", [1, 2, 7])
def test_no_image_is_lost_whatever_the_shapes(batch):
    widths = np.random.default_rng(0).integers(1, 30, 200).tolist()
    network = Counting()
    done = embed_unit(images(widths), range(200), network, 2, batch)
    np.testing.assert_array_equal(done.vectors[:, 0], range(200))
    assert max(map(len, network.batches)) <= batch
