"""Stages of the backbone that are not trained."""

import pytest
import torch
from gld_shared.errors import DataError
from gld_shared.networks import build
from gld_shared.networks.backbone import build_backbone
from gld_shared.networks.stages import stages_of
from gld_shared.testing import run
from gld_train.optim.freezing import freeze_stages
from safetensors.torch import load_file


@pytest.mark.parametrize(
    ("name", "first_parameters"),
    [
        (
            "test_resnet",
            ["conv1.0", "layer1.0.conv1", "layer2.0.conv1", "layer3.0.conv1", "layer4.0.conv1"],
        ),
        (
            "recipe:resnet50",
            ["conv1", "layer1.0.conv1", "layer2.0.conv1", "layer3.0.conv1", "layer4.0.conv1"],
        ),
        (
            "tf_efficientnet_lite0",
            ["conv_stem", "blocks.0.0.conv_dw", *(f"blocks.{n}.0.conv_pw" for n in range(1, 7))],
        ),
        ("pixels:4", []),
    ],
)
def test_the_stages_of_a_backbone(name, first_parameters):
    with torch.device("meta"):
        backbone = build_backbone(name)
    stages = stages_of(backbone)
    assert [names[0].removesuffix(".weight") for names in stages] == first_parameters
    names = [name for stage in stages for name in stage]
    assert sorted(names) == sorted(name for name, _ in backbone.named_parameters())


def test_frozen_stages_keep_weights_and_statistics(job, tmp_path):
    output = tmp_path / "m.safetensors"
    result = run([*job, "--set", "optim.frozen_stages=3", "-o", output])
    assert result.exit_code == 0, result.stderr
    torch.manual_seed(0)
    first = build({"backbone": "test_resnet", "dim": 8}).state_dict()
    tuned = load_file(output)
    changed = {name for name in first if not torch.equal(first[name], tuned[name])}
    statistics = ("running_mean", "running_var", "num_batches_tracked")
    assert changed == {
        name
        for name in first
        if name.startswith(("backbone.layer3", "backbone.layer4", "neck"))
        and name != "neck.bn.bias"
    }
    assert any(name.endswith(statistics) for name in changed)


def test_more_frozen_stages_than_there_are_is_an_error():
    with pytest.raises(DataError) as caught:
        freeze_stages(build_backbone("test_resnet"), 6)
    assert str(caught.value) == (
        "optim.frozen_stages is 6, but the backbone has 5 stages, its stem among them; "
        "expected at most 5"
    )
