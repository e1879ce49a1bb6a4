"""The whole network, with any backbone."""

import pytest
import torch
from gld_shared.errors import DataError
from gld_shared.networks import NetworkConfig, build


def test_a_network_without_whitening_has_no_tensors_for_it() -> None:
    config = {"backbone": "test_resnet", "dim": 8}
    assert build({**config, "whiten": 5}).dimension == 5
    assert not [key for key in build(config).state_dict() if "whiten" in key]
    with pytest.raises(DataError, match=r"^model: whiten is -1, expected 0 \(none\) to 1000000$"):
        NetworkConfig.from_dict({**config, "whiten": -1})


@pytest.mark.parametrize(
    ("backbone", "pooling", "channels"),
    [
        ("resnet18", "gem", 512),
        ("resnet18", "gem_learned", 512),
        ("tf_efficientnet_lite0", "max", 1280),
        ("convnext_atto", "avg", 320),
        ("convnextv2_atto", "gem", 320),
        ("vit_tiny_patch16_224", "cls", 192),
        ("vit_tiny_patch16_224", "gem", 192),
        ("vit_small_patch14_dinov2", "cls", 384),
        ("vit_small_patch14_reg4_dinov2", "avg", 384),
        ("vit_small_patch16_dinov3", "gem", 384),
        ("vit_small_patch16_dinov3", "cls", 384),
        ("vit_base_patch16_siglip_224", "avg", 768),
        ("swin_tiny_patch4_window7_224", "gem", 768),
    ],
)
def test_any_backbone_at_two_sizes(backbone: str, pooling: str, channels: int) -> None:
    network = build(NetworkConfig(backbone, pooling, neck="none")).eval()
    with torch.inference_mode():
        square, wide = network(torch.rand(2, 3, 112, 112)), network(torch.rand(2, 3, 112, 224))
    assert network.dimension == channels
    assert square.shape == wide.shape == (2, channels)
    assert square.isfinite().all()
    assert wide.isfinite().all()
    roots = {key.partition(".")[0] for key in network.state_dict()}
    assert roots == {"backbone"} | ({"pooling"} if pooling == "gem_learned" else set())


def test_registers_are_not_positions() -> None:
    """DINOv2 and DINOv3 put a class token and four registers before the patches."""
    tokens = torch.rand(2, 1 + 4 + 6, 384)
    for name in ("vit_small_patch14_reg4_dinov2", "vit_small_patch16_dinov3"):
        patches = build(NetworkConfig(name, "avg", neck="none"))
        torch.testing.assert_close(patches._positions(tokens), tokens[:, 5:].transpose(1, 2))
        token = build(NetworkConfig(name, "cls", neck="none"))
        torch.testing.assert_close(token._positions(tokens), tokens[:, :1].transpose(1, 2))


def test_size_that_a_transformer_cannot_take() -> None:
    network = build(NetworkConfig("vit_small_patch14_reg4_dinov2", "avg", neck="none"))
    with pytest.raises(DataError, match=r"cannot take images of 120x112 pixels: .*size \(14\)"):
        network(torch.rand(1, 3, 112, 120))


def test_positions_of_each_layout() -> None:
    """Channels last and channels first give the same positions; prefix tokens are left out."""
    vit = build(NetworkConfig("vit_tiny_patch16_224", "avg", neck="none"))
    tokens = torch.rand(2, 5, 192)
    torch.testing.assert_close(vit._positions(tokens), tokens[:, 1:].transpose(1, 2))
    swin = build(NetworkConfig("swin_tiny_patch4_window7_224", "avg", neck="none"))
    maps = torch.rand(2, 3, 4, 768)
    torch.testing.assert_close(swin._positions(maps).mean(-1), maps.mean((1, 2)))


def test_half_precision_backbone() -> None:
    network = build({"backbone": "resnet18", "dim": 8}).eval()
    images = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        whole = network(images)
        network.backbone.to(torch.bfloat16)
        half = network(images)
    assert half.dtype == torch.float32
    assert torch.nn.functional.cosine_similarity(whole, half).min() > 0.99


@pytest.mark.parametrize(
    "backbone",
    ["resnet18", "convnext_atto", "vit_small_patch16_dinov3", "recipe:efficientnet_b0"],
)
def test_training_reaches_every_layer(backbone: str) -> None:
    """Every weight has a gradient, as training on several GPUs requires.

    A norm after timm's own pooling, for example, would have none.
    """
    network = build({"backbone": backbone, "pooling": "gem_learned", "dim": 8})
    network(torch.rand(4, 3, 64, 64)).square().sum().backward()
    without = [name for name, value in network.named_parameters() if value.grad is None]
    assert without == ["neck.bn.bias"]


def test_configuration_survives_json_and_is_checked() -> None:
    config = NetworkConfig("resnet18", "avg", neck="bn", weights="timm:resnet18")
    assert NetworkConfig.from_dict(config.to_dict()) == config
    with pytest.raises(DataError, match=r"pooling is 'mean', expected one of gem, .*; neck is 'x'"):
        NetworkConfig("resnet18", "mean", neck="x")
    with pytest.raises(DataError, match="unknown key depth; expected keys backbone"):
        NetworkConfig.from_dict({"backbone": "resnet18", "depth": 18})
    with pytest.raises(DataError, match="model: no backbone"):
        NetworkConfig.from_dict({})
    with pytest.raises(DataError, match=r"not one that timm knows; did you mean .*resnet18"):
        build({"backbone": "resnet81"})
    with pytest.raises(DataError, match="resnet18 has no class token"):
        build({"backbone": "resnet18", "pooling": "cls"})
