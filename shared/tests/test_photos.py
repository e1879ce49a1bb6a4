"""``make photos``: a page about a folder of photographs, made again only if the folder changed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from gld_shared.testing import small_image

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture
def photos(tmp_path):
    """A folder of three photographs and a broken one, whose name has a space."""
    folder = tmp_path / "my photos"
    for seed, name in enumerate(["a", "b", "c"]):
        small_image(folder / f"{name}.jpg", seed)
    (folder / "broken.jpg").write_text("no image")
    return folder


def make(photos, page):
    """Run the rules for these photographs in the folder of the page; return what make says."""
    page.mkdir(exist_ok=True)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["make", "-C", page, "-f", ROOT / "photos.mk", f"DIR={photos}", "C=pixels:8"],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_page_is_made_again_only_for_other_photographs(photos, tmp_path):
    page = tmp_path / "page"
    assert "gld-embed" in make(photos, page)
    first = (page / "photos.html").read_text()
    assert "UklGR" in first, "base64 of RIFF, as which a WebP begins"
    assert "broken" in (page / "photos.unreadable.tsv").read_text()

    assert "gld-embed" not in make(photos, page)

    small_image(photos / "another.jpg", 3)
    assert "gld-embed" in make(photos, page)
    assert "another" in (page / "photos.html").read_text()
    assert "another" not in first


def test_the_folder_must_be_named():
    done = subprocess.run(
        ["make", "-n", "-f", ROOT / "photos.mk"], capture_output=True, text=True, cwd=ROOT / "docs"
    )
    assert "name the folder of the photographs: make photos DIR=my/photos" in done.stderr
