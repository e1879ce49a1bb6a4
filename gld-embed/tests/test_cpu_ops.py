"""The leaner layers against the layers that they replace."""

import pytest
import torch
from gld_embed.inference.cpu_ops import HalfInstanceNorm, LeanOperations, lean_pooling
from gld_embed.inference.encoder import Encoder
from gld_shared.images.preprocess import normalise
from gld_shared.images.settings import ImageSettings
from gld_shared.networks import NetworkConfig, build, load_model
from gld_shared.networks.pooling import Average, GeM
from torch import nn


def features(*shape: int) -> torch.Tensor:
    values = torch.randn(*shape, generator=torch.Generator().manual_seed(0))
    return values.contiguous(memory_format=torch.channels_last) if len(shape) == 4 else values


@pytest.mark.parametrize("learned", [False, True])
def test_gem(learned):
    gem = GeM(2.5, learned)
    positions = features(3, 8, 20)
    with torch.inference_mode():
        torch.testing.assert_close(lean_pooling(gem)(positions), gem(positions))
    assert torch.equal(positions, features(3, 8, 20)), "the features do not change"


def test_another_pooling_is_left_alone():
    average = Average()
    assert lean_pooling(average) is average


@pytest.mark.parametrize("shape", [(2, 6, 5, 7), (2, 6, 1, 1)])
def test_means_over_positions(shape):
    maps = features(*shape)
    expected = maps.mean((2, 3), keepdim=True), maps.mean(1), maps.mean((2, 3))
    with LeanOperations():
        found = maps.mean((2, 3), keepdim=True), maps.mean(1), maps.mean((2, 3))
    for lean, plain in zip(found, expected, strict=True):
        torch.testing.assert_close(lean, plain)


@pytest.mark.parametrize("images", [1, 3, 15])
def test_a_small_batch_has_the_same_bits_on_any_number_of_threads(images):
    network = load_model("packaged:efficientnet_lite0").network
    encoder = Encoder(network, ImageSettings(96))
    random = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (images, 3, 96, 96), generator=random, dtype=torch.uint8)
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 4):
            torch.set_num_threads(threads)
            found.append(encoder(pixels).tobytes())
    finally:
        torch.set_num_threads(before)
    assert len(set(found)) == 1


def test_torch_without_onednn(monkeypatch):
    layer = nn.Conv2d(4, 6, 1)
    maps = features(3, 4, 5, 5)
    with torch.inference_mode(), LeanOperations():
        expected = layer(maps)
        monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
        monkeypatch.delattr(torch, "mkldnn_convolution")
        torch.testing.assert_close(layer(maps), expected)


def test_half_instance_norm():
    norm = nn.InstanceNorm2d(4, affine=True)
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    maps = features(2, 10, 9, 9) * 3 + 1
    expected = torch.cat([norm(maps[:, :4]), maps[:, 4:]], dim=1)
    torch.testing.assert_close(HalfInstanceNorm(norm)(maps), expected)


@pytest.mark.parametrize(
    ("backbone", "folded"),
    [("recipe:resnet101_ibn_a", 104), ("recipe:se_resnet101_ibn_a", 104), ("test_resnet", 15)],
)
@torch.inference_mode()
def test_a_whole_network(backbone, folded):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = build(NetworkConfig(backbone, pooling="gem", neck="none")).eval()
        for module in network.modules():
            # As after training, so that a folded norm makes a difference.
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_(std=0.1)
                module.running_var.uniform_(0.5, 1.5)
    settings = ImageSettings(64)
    pixels = torch.randint(0, 256, (2, 3, 64, 64), dtype=torch.uint8)
    plain = nn.functional.normalize(network(normalise(pixels, settings.mean, settings.std)))
    encoder = Encoder(network, settings)
    assert encoder.folded == folded
    torch.testing.assert_close(torch.from_numpy(encoder(pixels)), plain, rtol=0, atol=1e-5)
