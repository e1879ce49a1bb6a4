"""The encoder against the plain network."""

import numpy as np
import pytest
import torch
from gld_embed.inference.encoder import Encoder
from gld_embed.inference.precision import BF16, FP32
from gld_shared.images.preprocess import normalise
from gld_shared.images.settings import ImageSettings
from gld_shared.networks import load_model

SETTINGS = ImageSettings(64, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))


def noise(n: int = 4) -> torch.Tensor:
    random = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (n, 3, 64, 64), generator=random, dtype=torch.uint8)


@pytest.mark.parametrize(("precision", "cosine"), [(FP32, 1 - 1e-5), (BF16, 0.99)])
def test_the_encoder_equals_the_plain_network(precision, cosine):
    network = load_model("packaged:efficientnet_lite0").network
    with torch.inference_mode():
        plain = network(normalise(noise(), SETTINGS.mean, SETTINGS.std)).numpy()
    plain /= np.linalg.norm(plain, axis=1, keepdims=True)
    encoder = Encoder(network, SETTINGS, precision)
    vectors = encoder(noise())
    assert encoder.folded == 49
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert (vectors * plain).sum(axis=1).min() > cosine
    assert next(network.parameters()).dtype == torch.float32, "the caller's network does not change"


def test_a_zero_vector_becomes_nan():
    encoder = Encoder(load_model("pixels:64").network, SETTINGS)
    assert np.isfinite(encoder(noise())).all()
    grey = ImageSettings(64, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
    black = torch.zeros(1, 3, 64, 64, dtype=torch.uint8)
    assert np.isnan(Encoder(load_model("pixels:64").network, grey)(black)).all()
