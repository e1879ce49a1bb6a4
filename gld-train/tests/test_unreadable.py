"""Replacements of unreadable images, and the limit on their number."""

import multiprocessing
from pathlib import Path

import numpy as np
import pytest
import torch
from gld_shared.errors import DataError
from gld_shared.images import memory
from gld_train.data.labelled_rows import Samples
from gld_train.data.loader import batches_of, in_order
from gld_train.data.training_images import TrainingImages
from gld_train.data.unreadable import Unreadable, UnreadableImages, next_of_landmark
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

LABELS = [0, 1, 0, 1, 0]


@pytest.fixture
def samples(tmp_path):
    """Five images, each of a single grey: 0, 40, 80, 120, 160."""
    for row in range(5):
        Image.new("RGB", (8, 8), (40 * row,) * 3).save(tmp_path / f"{row}.png")
    paths = np.array([f"{row}.png".encode() for row in range(5)])
    return Samples(paths, np.array(LABELS))


def greys(samples, tmp_path, workers=0, limit=5, replace=True):
    images = TrainingImages(samples, tmp_path, 8, 0, None, replace)
    unreadable = UnreadableImages(tmp_path / "unreadable.tsv", tmp_path, limit)
    batches = list(batches_of(images, in_order(5, 2), workers, unreadable))
    assert torch.cat([batch.labels for batch in batches]).tolist() == LABELS
    return [int(image[0, 0, 0]) for batch in batches for image in batch.pixels]


@given(labels=st.lists(st.integers(0, 3), min_size=1, max_size=20).map(np.array))
def test_the_next_of_a_landmark_cycles_through_its_images(labels):
    following = next_of_landmark(labels)
    for row, label in enumerate(labels):
        later = [other for other in range(len(labels)) if labels[other] == label]
        assert following[row] == later[(later.index(row) + 1) % len(later)]


@pytest.mark.parametrize("workers", [0, 2])
def test_the_next_readable_image_of_the_landmark_is_the_replacement(samples, tmp_path, workers):
    (tmp_path / "2.png").write_bytes(b"no image")
    (tmp_path / "3.png").unlink()
    (tmp_path / "4.png").write_bytes(b"")
    assert greys(samples, tmp_path, workers) == [0, 40, 0, 40, 0]
    lines = (tmp_path / "unreadable.tsv").read_text().splitlines()
    assert lines[0] == "path\treason\treplaced_by"
    assert [line.split("\t")[::2] for line in lines[1:]] == [
        ["2.png", "0.png"],
        ["4.png", "0.png"],
        ["3.png", "1.png"],
    ]
    assert "3.png\tcannot be read: No such file or directory\t1.png" in lines
    assert "4.png\tempty, expected an image\t0.png" in lines


@pytest.mark.parametrize("workers", [0, 2])
def test_worker_processes_survive_decoders_and_share_the_memory(
    samples, tmp_path, workers, monkeypatch
):
    monkeypatch.setattr(memory, "_memory", memory.PixelMemory(1))
    crash = Path(__file__).parents[2] / "shared/tests/fixtures/crash.heic"
    (tmp_path / "0.png").write_bytes(crash.read_bytes())
    Image.new("RGB", (700, 500)).save(tmp_path / "1.png", "WEBP")
    assert greys(samples, tmp_path, workers) == [80, 120, 80, 120, 160]
    assert set((tmp_path / "unreadable.tsv").read_text().splitlines()[1:]) == {
        "0.png\tthe decoder crashed (signal 11)\t2.png",
        "1.png\t2 MB of pixels, expected at most 1 MB; make it smaller, or raise --image-memory\t"
        "3.png",
    }


def test_readable_images_leave_no_table(samples, tmp_path):
    assert greys(samples, tmp_path) == [0, 40, 80, 120, 160]
    assert not (tmp_path / "unreadable.tsv").exists()


def test_without_replacement_the_first_unreadable_image_is_the_error(samples, tmp_path):
    (tmp_path / "1.png").unlink()
    with pytest.raises(DataError, match=r"1\.png: cannot be read: No such file"):
        greys(samples, tmp_path, replace=False)


def test_an_error_ends_the_worker_processes_at_once(samples, tmp_path):
    (tmp_path / "1.png").unlink()
    with pytest.raises(DataError, match=r"1\.png: cannot be read: No such file"):
        greys(samples, tmp_path, workers=2, replace=False)
    # Before the garbage collector finds the error's traceback, which refers to the loader.
    assert multiprocessing.active_children() == []


def test_a_landmark_without_a_readable_image_is_an_error(samples, tmp_path):
    for name in ("1.png", "3.png"):
        (tmp_path / name).unlink()
    with pytest.raises(DataError) as caught:
        greys(samples, tmp_path)
    assert str(caught.value) == (
        f"{tmp_path / '1.png'}: cannot be read: No such file or directory; nor can any other image "
        "of its landmark be read to replace it; fix it, or remove the landmark from the list"
    )


def found(path):
    return Unreadable(path, "empty, expected an image", "0.png")


def test_more_than_the_limit_stop_the_run_and_are_all_named(tmp_path):
    table = tmp_path / "unreadable.tsv"
    images = UnreadableImages(table, tmp_path, limit=2)
    images.add([found("1.png"), found("2.png"), found("1.png")])
    images.add([found("2.png")])
    with pytest.raises(DataError) as caught:
        images.add([found("4.png")])
    assert str(caught.value) == (
        f"{table}: 3 unreadable images, more than data.max_unreadable = 2; fix them or remove "
        "them from the list, or allow more"
    )
    assert [line.split("\t")[0] for line in table.read_text().splitlines()] == [
        "path", "1.png", "2.png", "4.png",
    ]  # fmt: skip


def test_a_resumed_run_forgets_images_that_were_fixed(samples, tmp_path):
    table = tmp_path / "unreadable.tsv"
    UnreadableImages(table, tmp_path, limit=9).add([found("missing.png"), found("2.png")])
    again = UnreadableImages(table, tmp_path, limit=1)
    assert list(again.found) == ["missing.png"]
    with pytest.raises(DataError, match="2 unreadable images"):
        again.add([found("5.png")])
