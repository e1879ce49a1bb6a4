"""Perceptual hashes of images."""

from gld_shared.testing import small_image
from PIL import Image


def test_the_perceptual_hash_survives_changes_of_size_quality_and_format(tmp_path, hash_distance):
    original = small_image(tmp_path / "1.png", 1, size=(800, 600))
    picture = Image.open(original)
    picture.resize((200, 150)).save(tmp_path / "small.jpg", quality=40)
    picture.resize((400, 300)).save(tmp_path / "wide.webp")
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned.jpg", exif=exif)
    for name in ("small.jpg", "wide.webp", "turned.jpg"):
        assert hash_distance(original, tmp_path / name) <= 4, name
    others = [small_image(tmp_path / f"{seed}.jpg", seed) for seed in range(2, 12)]
    assert min(hash_distance(original, other) for other in others) > 11
