"""The first weights of a run."""

import logging
from pathlib import Path

import pytest
import torch
from gld_shared.networks import build
from gld_train.config import Config
from gld_train.config.sections import ModelConfig
from gld_train.initial_weights import make_network


def config(weights: Path) -> Config:
    return Config(model=ModelConfig(backbone="resnet10t", dim=8, weights=str(weights)))


def test_checkpoint_of_the_recipe_gives_backbone_and_neck(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = build(config(tmp_path).model.network())
    names = {"backbone.": "module.base.", "neck.linear.": "module.fcneck.",
             "neck.bn.": "module.fcneck_bn."}  # fmt: skip
    tensors = {}
    for key, value in source.state_dict().items():
        (ours,) = [name for name in names if key.startswith(name)]
        tensors[key.replace(ours, names[ours])] = value
    torch.save(tensors, tmp_path / "stage_10.pth")
    with caplog.at_level(logging.INFO, "gld_train"):
        network = make_network(config(tmp_path / "stage_10.pth"), seed=5)
    torch.testing.assert_close(dict(network.state_dict()), dict(source.state_dict()))
    report = f"{len(tensors)} tensors loaded, 0 partial, 0 missing, 0 unused"
    assert caplog.messages == [
        f"{tmp_path / 'stage_10.pth'}: prefix 'module.base.' removed from its tensors' names",
        f"{tmp_path / 'stage_10.pth'}: {report}",
    ]


def test_backbone_that_is_filled_in_part_is_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tensors = dict(build(config(tmp_path).model.network()).backbone.state_dict())
    del tensors["layer4.0.conv1.weight"]
    torch.save(tensors, tmp_path / "cut.pth")
    make_network(config(tmp_path / "cut.pth"), seed=0)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "missing (backbone.layer4.0.conv1.weight, neck.linear.weight" in record.getMessage()
