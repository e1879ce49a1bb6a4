"""Vectors from a GPU, compared between batches and with the CPU's."""

import numpy as np
import pytest
import torch
from gld_embed.inference.encoder import Encoder
from gld_embed.inference.precision import BF16, FP32
from gld_shared.images.settings import ImageSettings
from gld_shared.networks import load_model

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]


@pytest.mark.parametrize(("precision", "tolerance"), [(FP32, 1e-5), (BF16, 2e-3)])
def test_other_batches_change_no_more_than_the_readme_says(precision, tolerance):
    random = torch.Generator().manual_seed(1)
    pixels = torch.randint(0, 256, (32, 3, 224, 224), generator=random, dtype=torch.uint8)
    network, settings = load_model("packaged:efficientnet_lite0").network, ImageSettings(224)
    encoder = Encoder(network, settings, precision, "cuda")
    whole = encoder(pixels)
    for batch in (1, 5, 8):
        parts = [encoder(pixels[start : start + batch]) for start in range(0, 32, batch)]
        np.testing.assert_allclose(np.concatenate(parts), whole, rtol=0, atol=tolerance)
    on_cpu = Encoder(network, settings, FP32, "cpu")(pixels)
    assert (on_cpu * whole).sum(axis=1).min() > (0.9999 if precision == FP32 else 0.99)
