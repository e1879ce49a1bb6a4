"""Random erasing: its distribution, the recipe's boxes, and the pixels that are erased."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from gld_train.data.random_erasing import NO_BOX, erase, erase_at_once, erasing_box

GOLDEN = np.load(Path(__file__).parent / "fixtures" / "golden.npz", allow_pickle=False)


def test_erasing_covers_the_recipes_range():
    boxes = [erasing_box(64, 80, 1.0, random.Random(seed)) for seed in range(500)]
    areas = np.array([height * width for _, _, height, width in boxes]) / (64 * 80)
    assert 0.015 < areas.min() < areas.max() < 0.21
    assert areas.mean() == pytest.approx(0.109, abs=0.01)
    assert all(top + h <= 64 and left + w <= 80 for top, left, h, w in boxes)


def test_nothing_is_erased_at_probability_0_and_only_the_box_otherwise():
    assert erasing_box(64, 80, 0.0, random.Random(0)) == NO_BOX
    images = erase(torch.ones(2, 3, 8, 8), [(1, 2, 3, 4), NO_BOX])
    assert images[0].sum() == 3 * (64 - 12)
    assert images[0, :, 1:4, 2:6].eq(0).all()
    assert images[1].eq(1).all()


def test_a_whole_batch_at_once_is_erased_alike():
    generator, images = random.Random(0), torch.rand(40, 3, 30, 20) + 1
    boxes = [erasing_box(30, 20, 0.8, generator) for _ in range(40)]
    assert NO_BOX in boxes
    expected = erase(images.clone(), boxes)
    assert torch.equal(erase_at_once(images.clone(), boxes), expected)
    assert torch.equal(erase_at_once(images[:0], []), images[:0])


def test_erased_boxes_equal_the_recipes():
    for seed, *box in GOLDEN["boxes"].tolist():
        assert list(erasing_box(64, 80, 1.0, random.Random(seed))) == box
