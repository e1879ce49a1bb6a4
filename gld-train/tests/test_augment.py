"""Augmentation of one image, which depends only on the image's place in the epoch."""

import random

import pytest
import torch
from gld_train.data.augment import (
    Augmentation,
    AugmentConfig,
    generator_for,
    make_augmentation,
)
from gld_train.data.seeded_transforms import SeededTransforms
from torchvision.transforms import v2


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


CHANGES = ("color_jitter", "randaugment", "augmix")
NOTHING_ELSE = {"flip": 0.0, "padding": 0, "erase": 0.0}


def picture():
    return torch.randint(0, 256, (3, 24, 32), generator=torch.Generator().manual_seed(0)).byte()


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_color_depends_on_the_generator_alone(change):
    augment = make_augmentation(AugmentConfig(**NOTHING_ELSE, **{change: 1.0}))
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first, _ = augment(picture(), generator_for(0, 1, 2))
    assert torch.get_rng_state().equal(before)
    torch.manual_seed(2)
    assert augment(picture(), generator_for(0, 1, 2))[0].equal(first)
    assert (first.shape, first.dtype) == (picture().shape, torch.uint8)
    several = [augment(picture(), generator_for(0, 1, place))[0] for place in range(20)]
    assert len({image.numpy().tobytes() for image in several}) > 5


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_color_has_its_probability(change):
    augment = make_augmentation(AugmentConfig(**NOTHING_ELSE, **{change: 0.3}))
    made = [augment(picture(), random.Random(i))[0].ne(picture()).any().item() for i in range(300)]
    assert 0.15 < sum(made) / 300 < 0.4  # a change may leave the picture as it is


def test_color_jitter_stays_within_its_strength():
    augment = make_augmentation(AugmentConfig(**NOTHING_ELSE, color_jitter=1.0, jitter=0.1))
    grey = torch.full((3, 8, 8), 100).byte()
    means = [augment(grey, random.Random(i))[0].float().mean() for i in range(50)]
    assert 88 < min(means) < 95 < 105 < max(means) < 112


def test_no_random_numbers_are_drawn_without_color_changes():
    plain = Augmentation(flip=0.5, padding=4, erasing=1.0)
    configured = make_augmentation(AugmentConfig(flip=0.5, padding=4, erase=1.0))
    first, again = random.Random(5), random.Random(5)
    assert plain(picture(), first)[1] == configured(picture(), again)[1]
    assert first.getstate() == again.getstate()


def test_color_changes_come_after_the_crop():
    """The color changes also reach the black border of the crop, and make it white here."""
    inverted = SeededTransforms(((1.0, v2.RandomInvert(p=1.0)),))
    augment = Augmentation(flip=0.0, padding=8, erasing=0.0, color=inverted)
    whole = torch.full((3, 24, 32), 200).byte()
    values = [augment(whole, random.Random(i))[0].unique().tolist() for i in range(40)]
    assert [55, 255] in values
    assert {value for crop in values for value in crop} == {55, 255}
