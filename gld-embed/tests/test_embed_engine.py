"""The engine against the plain network."""

import numpy as np
import pytest
import torch
from gld_embed.inference.encoder import Engine
from gld_embed.inference.fold_batchnorm import fold_batch_norms
from gld_embed.inference.precision import BF16, FP32, choose_precision, cpu_has_bf16
from gld_shared.images.preprocess import normalise
from gld_shared.images.settings import ImageSettings
from gld_shared.networks import load_model
from torch import nn

SETTINGS = ImageSettings(64, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))


def noise(n: int = 4) -> torch.Tensor:
    random = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (n, 3, 64, 64), generator=random, dtype=torch.uint8)


@pytest.mark.parametrize(("precision", "cosine"), [(FP32, 1 - 1e-5), (BF16, 0.99)])
def test_the_engine_equals_the_plain_network(precision, cosine):
    network = load_model("packaged:efficientnet_lite0").network
    with torch.inference_mode():
        plain = network(normalise(noise(), SETTINGS.mean, SETTINGS.std)).numpy()
    plain /= np.linalg.norm(plain, axis=1, keepdims=True)
    engine = Engine(network, SETTINGS, precision)
    vectors = engine(noise())
    assert engine.folded == 49
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert (vectors * plain).sum(axis=1).min() > cosine
    assert next(network.parameters()).dtype == torch.float32, "the caller's network is its own"


class TwiceUsed(nn.Module):
    """A convolution whose output goes through a BatchNorm and around it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)

    def forward(self, images):
        features = self.conv(images)
        return self.norm(features) + features


def test_what_cannot_be_folded_stays_as_it_is():
    network = TwiceUsed().eval()
    network.norm.running_mean.fill_(0.7)
    convolution = network.conv
    assert fold_batch_norms(network, torch.randn(2, 3, 8, 8)) == 0
    assert network.conv is convolution
    assert isinstance(network.norm, nn.BatchNorm2d)


def test_a_zero_vector_is_not_a_number():
    engine = Engine(load_model("pixels:64").network, SETTINGS)
    assert np.isfinite(engine(noise())).all()
    grey = ImageSettings(64, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
    black = torch.zeros(1, 3, 64, 64, dtype=torch.uint8)
    assert np.isnan(Engine(load_model("pixels:64").network, grey)(black)).all()


def test_precision_follows_the_processor(tmp_path):
    description = tmp_path / "cpuinfo"
    assert not cpu_has_bf16(description)
    description.write_text("processor : 0\nflags : fpu avx512f\n")
    assert not cpu_has_bf16(description)
    description.write_text("processor : 0\nflags : fpu avx512_bf16 sse\n")
    assert cpu_has_bf16(description)
    assert choose_precision(FP32, "cpu") == FP32
