"""The layers and changes that make timm's models the recipe's, each against its formula."""

import pytest
import torch
from gld_shared.errors import DataError
from gld_shared.networks import build
from gld_shared.networks.backbone import build_backbone
from gld_shared.networks.recipe.backbones import NAMES
from gld_shared.networks.recipe.efficientnet_surgery import FixedPaddingConv2d, fix_padding
from gld_shared.networks.recipe.ibn import InstanceBatchNorm
from gld_shared.networks.timm_backbone import bare_model
from torch import nn
from torch.nn import functional

# Channels, and million parameters as in the papers and their published code, less the classifier.
BACKBONES = {
    "resnet50": (2048, 23.51),
    "resnet101_ibn_a": (2048, 42.50),
    "se_resnet101_ibn_a": (2048, 47.24),
    "resnext101_ibn_a": (2048, 42.13),
    "resnest50": (2048, 25.43),
    "resnest101": (2048, 46.23),
    "resnest200": (2048, 68.15),
    "resnest269": (2048, 108.88),
    "efficientnet_b0": (1280, 4.01),
    "efficientnet_b1": (1280, 6.51),
    "efficientnet_b2": (1408, 7.70),
    "efficientnet_b3": (1536, 10.70),
    "efficientnet_b4": (1792, 17.55),
    "efficientnet_b5": (2048, 28.34),
    "efficientnet_b6": (2304, 40.74),
    "efficientnet_b7": (2560, 63.79),
}


@pytest.mark.parametrize(("name", "expected"), BACKBONES.items())
def test_every_backbone_gives_a_map_of_a_sixteenth(name: str, expected: tuple[int, float]) -> None:
    channels, millions = expected
    with torch.device("meta"):  # shapes alone
        backbone = build_backbone(f"recipe:{name}").eval()
        features = backbone.forward_features(torch.empty(2, 3, 64, 96))
    assert features.shape == (2, channels, 4, 6)
    count = sum(value.numel() for value in backbone.parameters())
    assert count / 1e6 == pytest.approx(millions, abs=0.006)


def test_names() -> None:
    assert [f"recipe:{name}" for name in BACKBONES] == list(NAMES)
    with pytest.raises(DataError, match="is 'recipe:resnet101', expected one of recipe:resnet50, "):
        build({"backbone": "recipe:resnet101"})
    with pytest.raises(DataError, match=r"timm knows; did you mean .*recipe:se_resnet101_ibn_a"):
        build({"backbone": "se_resnet101_ibn_a"})


def test_ibn_normalises_one_half_by_image_and_the_other_by_batch() -> None:
    norm = InstanceBatchNorm(6)
    images = torch.randn(4, 6, 5, 5)
    found = norm(images)
    first, second = images[:, :3], images[:, 3:]

    def normalise(values: torch.Tensor, axes: tuple[int, ...]) -> torch.Tensor:
        mean = values.mean(axes, keepdim=True)
        variance = values.var(axes, keepdim=True, unbiased=False)
        return (values - mean) / (variance + 1e-5).sqrt()

    torch.testing.assert_close(found[:, :3], normalise(first, (2, 3)))
    torch.testing.assert_close(found[:, 3:], normalise(second, (0, 2, 3)))


def test_ibn_is_in_three_stages_of_four() -> None:
    with torch.device("meta"):
        backbone = build_backbone("recipe:resnext101_ibn_a")
    kinds = [{type(block.bn1) for block in getattr(backbone, f"layer{n}")} for n in (1, 2, 3, 4)]
    assert kinds == [{InstanceBatchNorm}] * 3 + [{nn.BatchNorm2d}]
    assert backbone.layer3[5].bn1.IN.num_features == 256


def test_shortcut_averages_the_pixels_that_its_convolution_skipped() -> None:
    block = build_backbone("recipe:resnet50").eval().layer2[0]
    pool, convolution, norm = block.downsample
    features = torch.randn(1, 256, 6, 8)
    averages = features.reshape(1, 256, 3, 2, 4, 2).mean((3, 5))
    torch.testing.assert_close(block.downsample(features), norm(convolution(averages)))
    assert pool(torch.rand(1, 256, 7, 9)).shape == (1, 256, 4, 5)
    assert block(torch.rand(1, 256, 7, 9)).shape == (1, 512, 4, 5)


def test_squeeze_and_excitation_scales_channels() -> None:
    with torch.device("meta"):
        block = build_backbone("recipe:se_resnet101_ibn_a").layer1[0]
    squeeze = block.se.to_empty(device="cpu")
    for weight in squeeze.parameters():
        nn.init.normal_(weight)
    features = torch.randn(2, 256, 3, 3)
    reduce, expand = squeeze.fc1.weight.flatten(1), squeeze.fc2.weight.flatten(1)
    assert reduce.shape == (16, 256)
    scale = torch.sigmoid(torch.relu(features.mean((2, 3)) @ reduce.T) @ expand.T)
    torch.testing.assert_close(squeeze(features), features * scale[:, :, None, None])


def test_last_stage_of_resnest_is_dilated_after_its_first_block() -> None:
    with torch.device("meta"):
        stage = build_backbone("recipe:resnest50").layer4
    assert [block.conv2.conv.dilation for block in stage] == [(1, 1), (2, 2), (2, 2)]
    assert (stage[0].avd_last.kernel_size, stage[0].avd_last.stride) == (3, 1)


def test_padding_follows_the_nominal_size() -> None:
    """EfficientNet-B2 halves 260 pixels to 130, 65, 33, 17: odd sizes are padded evenly."""
    with torch.device("meta"):
        backbone = build_backbone("recipe:efficientnet_b2")
    convolutions = [
        module for module in backbone.modules() if isinstance(module, FixedPaddingConv2d)
    ]
    padding = [(layer.padding[0], layer.extra) for layer in convolutions]
    assert padding == [(0, 1), (0, 1), (2, 0), (1, 0), (2, 0)]


def test_padding_at_the_nominal_size_is_tensorflows() -> None:
    for size in (64, 75):
        same, fixed = bare_model("tf_efficientnet_b0").eval(), bare_model("tf_efficientnet_b0")
        fixed.load_state_dict(same.state_dict())
        fix_padding(fixed.eval(), size)
        images = torch.randn(1, 3, size, size)
        with torch.inference_mode():
            expected = same.forward_features(images)
            torch.testing.assert_close(fixed.forward_features(images), expected)


def test_padding_does_not_follow_the_image() -> None:
    convolution = nn.Conv2d(2, 2, 3, stride=2, bias=False)
    fixed = FixedPaddingConv2d(convolution, 1)
    image = torch.randn(1, 2, 5, 5)
    torch.testing.assert_close(fixed(image), convolution(functional.pad(image, (0, 1, 0, 1))))
