import random

import numpy as np
import pytest
import torch
from gld_train.augment import NO_BOX, Augmentation, erase, erasing_box, generator_for


def test_erasing_covers_the_recipes_range():
    boxes = [erasing_box(64, 80, 1.0, random.Random(seed)) for seed in range(500)]
    areas = np.array([height * width for _, _, height, width in boxes]) / (64 * 80)
    assert 0.015 < areas.min() < areas.max() < 0.21
    assert areas.mean() == pytest.approx(0.109, abs=0.01)
    assert all(top + h <= 64 and left + w <= 80 for top, left, h, w in boxes)


def test_erasing_never_and_only_the_box():
    assert erasing_box(64, 80, 0.0, random.Random(0)) == NO_BOX
    images = erase(torch.ones(2, 3, 8, 8), [(1, 2, 3, 4), NO_BOX])
    assert images[0].sum() == 3 * (64 - 12)
    assert images[0, :, 1:4, 2:6].eq(0).all()
    assert images[1].eq(1).all()


def test_augmentation_depends_on_seed_epoch_and_position_alone():
    pixels = torch.arange(3 * 20 * 30, dtype=torch.int64).remainder(256).byte().view(3, 20, 30)
    augment = Augmentation(flip=0.5, padding=4, erasing=1.0)
    first, box = augment(pixels, generator_for(0, 1, 2))
    again, same = augment(pixels, generator_for(0, 1, 2))
    assert first.shape == pixels.shape
    assert first.equal(again)
    assert box == same
    others = [augment(pixels, generator_for(*key))[1] for key in ((1, 1, 2), (0, 2, 2), (0, 1, 3))]
    assert len({box, *others}) == 4


def test_the_crop_shows_the_padding_in_black():
    augment = Augmentation(flip=0.0, padding=3, erasing=0.0)
    crops = [augment(torch.full((3, 6, 6), 9).byte(), random.Random(i))[0] for i in range(40)]
    assert any((crop == 0).any() for crop in crops)
    assert all(set(crop.unique().tolist()) <= {0, 9} for crop in crops)
