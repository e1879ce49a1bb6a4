"""Photographs, and lists of them."""

import pytest
from gld_lists.images.fingerprints import fingerprint
from gld_shared.testing import small_image
from PIL import Image


@pytest.fixture(scope="session")
def path_list():
    """Return a function that writes a list of these paths, which are also the ids."""

    def write(target, *paths):
        target.write_text("id\tpath\n" + "".join(f"{path}\t{path}\n" for path in paths))
        return target

    return write


@pytest.fixture
def photos(tmp_path):
    """Make five pictures: b has the same bytes as a, and c is a cropped copy of a."""
    for number, name in enumerate("ade"):
        small_image(tmp_path / f"{name}.jpg", number, size=(400, 300))
    (tmp_path / "b.jpg").write_bytes((tmp_path / "a.jpg").read_bytes())
    Image.open(tmp_path / "a.jpg").crop((12, 6, 400, 300)).save(tmp_path / "c.jpg", quality=60)
    return tmp_path


@pytest.fixture(scope="session")
def hash_distance():
    """Return a function that counts the bits in which two images' perceptual hashes differ."""

    def distance(path, other):
        first, second = fingerprint(path), fingerprint(other)
        return (first.perceptual_hash ^ second.perceptual_hash).bit_count()

    return distance


@pytest.fixture(scope="session")
def table_rows():
    """Return a function that splits a command's table, without its first line, into cells."""
    return lambda result: [line.split("\t") for line in result.stdout.splitlines()[1:]]
