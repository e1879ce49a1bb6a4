"""The image settings that stores and checkpoints record."""

import pytest
from gld_shared.errors import DataError
from gld_shared.images.settings import ImageSettings


def test_settings_survive_json_and_are_checked() -> None:
    settings = ImageSettings(32, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    stored = settings.to_dict() | {"scales": [1.0], "flip": False}
    assert ImageSettings.from_dict(stored) == settings
    with pytest.raises(DataError, match="image: no mean, std in the settings"):
        ImageSettings.from_dict({"size": 32, "resize": "squash"})
    with pytest.raises(
        DataError, match="expected 1 to 16384 pixels and one of squash, fit, bucket"
    ):
        ImageSettings(32, "crop")
    with pytest.raises(DataError, match="expected 1 to 16384 pixels and one of"):
        ImageSettings(10**9)
    with pytest.raises(DataError, match="std positive"):
        ImageSettings(32, std=(0.0, 1.0, 1.0))


def test_settings_without_decode_are_fast() -> None:
    older = ImageSettings(32).to_dict()
    assert older.pop("decode") == "fast"
    assert ImageSettings.from_dict(older) == ImageSettings(32)
    assert ImageSettings.from_dict({**older, "decode": "exact"}).decode == "exact"
    with pytest.raises(DataError) as error:
        ImageSettings(32, decode="best")
    assert str(error.value) == "image: decode is 'best', expected fast, exact, recipe, gpu"
