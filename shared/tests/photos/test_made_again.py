"""``make photos`` makes again what depends on a change, and nothing else."""

import os
import sys
from pathlib import Path

import pytest
from gld_shared.testing import small_image

from .rules import COMPUTING, Rules


def test_without_a_change_nothing_is_made_again(rules, photos):
    assert rules.commands(photos) == COMPUTING
    assert rules.commands(photos) == []


def test_a_photograph_added_removed_or_replaced_makes_all_again(rules, photos):
    rules.commands(photos)
    small_image(photos / "d.jpg", 4)
    assert rules.commands(photos) == COMPUTING
    (photos / "d.jpg").unlink()
    assert rules.commands(photos) == COMPUTING
    small_image(photos / "b.jpg", 5)
    assert rules.commands(photos) == COMPUTING
    # An edit that keeps the time, as copying with cp -p does.
    before = (photos / "b.jpg").stat()
    (photos / "b.jpg").write_bytes(b"other")
    os.utime(photos / "b.jpg", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert rules.commands(photos) == COMPUTING
    (photos / "notes.txt").write_text("no photograph")
    assert rules.commands(photos) == []


def test_a_link_counts_as_the_file_that_it_leads_to(rules, photos, tmp_path):
    small_image(tmp_path / "elsewhere.jpg", 4)
    (photos / "link.jpg").symlink_to(tmp_path / "elsewhere.jpg")
    rules.commands(photos)
    small_image(tmp_path / "elsewhere.jpg", 5)
    assert rules.commands(photos) == COMPUTING


def test_another_network_makes_all_again_and_removes_what_the_first_left(rules, photos):
    rules.commands(photos, "C=pixels:8")
    partial = rules.page / "photos.zarr.partial"
    partial.mkdir()
    assert rules.commands(photos, "C=pixels:8") == []
    assert partial.exists(), "an interrupted run is resumed"
    assert rules.commands(photos, "C=pixels:4") == COMPUTING
    assert not partial.exists()


def test_a_checkpoint_that_was_trained_again_makes_all_again(rules, photos, tmp_path):
    checkpoint = tmp_path / "my network.safetensors"
    checkpoint.write_text("first")
    assert rules.commands(photos, f"C={checkpoint}") == COMPUTING
    assert rules.commands(photos, f"C={checkpoint}") == []
    checkpoint.write_text("second")
    assert rules.commands(photos, f"C={checkpoint}") == COMPUTING


def test_another_number_of_neighbours_is_searched_again(rules, photos):
    rules.commands(photos)
    assert rules.commands(photos, "K=2") == ["gld-search", "gld-eval"]
    assert rules.commands(photos, "K=2") == []


@pytest.mark.slow
def test_the_page_shows_photographs_that_were_added(photos, tmp_path):
    (photos / "broken.jpg").write_text("no image")
    rules = Rules(tmp_path / "page", Path(sys.executable).parent)
    assert "photos.zarr" in rules.make(photos, "C=pixels:8").stdout
    first = (rules.page / "photos.html").read_text()
    assert "UklGR" in first, "base64 of RIFF, as which a WebP begins"
    assert "broken" in (rules.page / "photos.unreadable.tsv").read_text()

    assert "photos.zarr" not in rules.make(photos, "C=pixels:8").stdout

    small_image(photos / "another.jpg", 3)
    assert "photos.zarr" in rules.make(photos, "C=pixels:8").stdout
    assert "another" in (rules.page / "photos.html").read_text()
    assert "another" not in first
