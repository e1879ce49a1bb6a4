"""Margins by the number of images of a class."""

import pytest
import torch
from gld_train.losses.margin_by_size import MarginBySizeConfig, margins_by_size


def test_small_classes_get_large_margins():
    rule = MarginBySizeConfig(True, factor=0.5, power=0.25, offset=0.05, lowest=0.06, highest=0.5)
    margins = margins_by_size(torch.tensor([0, 1, 16, 10**9]), rule)
    assert margins.tolist() == pytest.approx([0.5, 0.5, 0.5 / 2 + 0.05, 0.06])
