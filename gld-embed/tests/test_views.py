"""Views of an image against a slow loop."""

import numpy as np
import pytest
import torch
from gld_embed.inference.encoder import Encoder
from gld_embed.inference.views import MultiView, Views, scaled_sides
from gld_shared.errors import DataError
from gld_shared.images.preprocess import normalise
from gld_shared.images.settings import ImageSettings
from gld_shared.networks import load_model
from torch.nn import functional

SETTINGS = ImageSettings(64, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))


@pytest.mark.parametrize("views", [Views((1, 0.7071, 1.4142), True), Views((0.5,)), Views((1, 2))])
@pytest.mark.parametrize("kind", ["raw", "normalised"])
def test_the_sum_of_views_equals_a_slow_loop(views, kind):
    network = load_model("packaged:efficientnet_lite0").network
    random = torch.Generator().manual_seed(1)
    pixels = torch.randint(0, 256, (3, 3, 64, 96), generator=random, dtype=torch.uint8)
    expected = []
    with torch.inference_mode():
        for image in normalise(pixels, SETTINGS.mean, SETTINGS.std):
            total = torch.zeros(network.dimension)
            for scale in views.scales:
                sides = [int(((side * scale) // 16) * 16) for side in image.shape[1:]]
                view = functional.interpolate(
                    image[None], sides, mode="bilinear", align_corners=False
                )
                for mirrored in (view, view.flip(-1)) if views.flip else (view,):
                    vector = network(mirrored)[0]
                    total += vector / vector.norm() if kind == "normalised" else vector
            expected.append(total / total.norm())
    encoder = Encoder(network, SETTINGS, views=Views(views.scales, views.flip, kind))
    np.testing.assert_allclose(encoder(pixels), torch.stack(expected), atol=2e-5)


def test_the_two_sums_differ_where_vectors_have_other_lengths():
    def network(images: torch.Tensor) -> torch.Tensor:
        """Return a long vector for the image and a short one for its mirror image."""
        left = images[:, 0, 0, 0]
        return torch.stack([left * 3, 1 - left], dim=1)

    images = torch.zeros(1, 3, 16, 16)
    images[..., :8] = 1
    raw = MultiView(network, Views(flip=True))(images)
    normalised = MultiView(network, Views(flip=True, sum="normalised"))(images)
    assert raw.tolist() == [[3, 1]]
    assert normalised.tolist() == [[1, 1]]


@pytest.mark.parametrize(
    ("size", "sides"),
    [
        (256, (176, 256, 352)),
        (384, (256, 384, 528)),
        (448, (304, 448, 624)),
        (512, (352, 512, 720)),
    ],
)
def test_the_sizes_are_the_recipes(size, sides):
    found = [scaled_sides((size, size), scale) for scale in (0.707, 1.0, 1.414)]
    assert found == [(side, side) for side in sides]


def test_recorded_attributes():
    assert Views().to_dict() == {"scales": [1.0], "flip": False}
    # One view needs no sum, and the order of scales does not matter.
    assert Views((0.5,), sum="normalised").to_dict() == {"scales": [0.5], "flip": False}
    assert Views((2, 1)).to_dict() == {"scales": [1, 2], "flip": False, "view_sum": "raw"}
    assert Views(flip=True, sum="normalised").to_dict() == {
        "scales": [1.0],
        "flip": True,
        "view_sum": "normalised",
    }


@pytest.mark.parametrize(
    "scales", [(), (0,), (-1, 1), (float("nan"),), (float("inf"),), (1, 1), (1e9,), (0.09, 1)]
)
def test_wrong_scales(scales):
    with pytest.raises(DataError) as caught:
        Views(scales)
    expected = f"scales are {scales}, expected numbers from 0.1 to 10, each once"
    assert str(caught.value) == expected
