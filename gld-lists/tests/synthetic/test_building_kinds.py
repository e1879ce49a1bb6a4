"""Every kind of building can be constructed and photographed."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from gld_lists.synthetic.building_kinds import build
from gld_lists.synthetic.photograph import photograph
from gld_lists.synthetic.styles import KINDS, WINDOWS, country_style, landmark_style
from gld_lists.synthetic.textures import facade


@pytest.mark.parametrize("kind", KINDS)
def test_a_building_stands_on_the_ground_and_can_be_photographed(kind):
    rng = np.random.default_rng(7)
    style = replace(landmark_style(country_style(rng), rng), kind=kind)
    building = build(style, rng)
    corners = np.concatenate([face.corners for face in building.faces])
    assert np.isfinite(corners).all()
    assert corners[:, 2].min() >= 0
    assert building.height > 3
    assert {face.texture for face in building.faces} - {None} <= building.textures.keys()
    picture = cv2.imdecode(np.frombuffer(photograph(building, 64, rng), np.uint8), 1)
    assert max(picture.shape[:2]) == 64
    assert picture.std() > 10


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("masonry", ["plain", "courses", "brick", "stripes", "panels"])
def test_a_facade_has_glass_of_every_shape_in_every_masonry(window, masonry):
    rng = np.random.default_rng(7)
    style = replace(landmark_style(country_style(rng), rng), window=window, masonry=masonry)
    picture = facade(style, 12, 8, rng)
    is_glass = (np.abs(picture - np.array(style.glass)) < 2).all(axis=2)
    assert 0.005 < is_glass.mean() < 0.5
