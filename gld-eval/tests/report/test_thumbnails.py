"""Thumbnails are as large as fit together, from any source, the same with any number of threads."""

import io
import tarfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from gld_eval.report.thumbnails import SIDES, WantedImage, make_thumbnails
from gld_shared.errors import DataError
from gld_shared.images.sources import open_source
from gld_shared.testing import run, small_image
from gld_shared.testing.file_server import FileServer
from PIL import Image


@pytest.fixture(scope="module")
def wanted(tmp_path_factory):
    """16 noisy photographs of 300 x 200 pixels in a folder."""
    folder = tmp_path_factory.mktemp("noise")
    random = np.random.default_rng(0)
    for number in range(16):
        pixels = random.integers(0, 256, (20, 30, 3), dtype=np.uint8)
        picture = Image.fromarray(pixels).resize((300, 200), Image.Resampling.BICUBIC)
        picture.save(folder / f"{number}.jpg")
    with closing(open_source(str(folder), folder)) as source:
        yield [WantedImage(f"id{n}", f"{n}.jpg", None, source) for n in range(16)]


def sizes(thumbnails):
    return {Image.open(io.BytesIO(data)).size for data in thumbnails.values()}


def test_the_largest_side_is_taken_where_it_fits(wanted):
    made = make_thumbnails(wanted, 10**7, workers=2)
    assert list(made) == [image.id for image in wanted]
    assert sizes(made) == {(256, 171)}


@pytest.mark.parametrize("share", [0.9, 0.2])
def test_many_thumbnails_are_smaller(wanted, share):
    whole = sum(map(len, make_thumbnails(wanted, 10**7, workers=2).values()))
    made = make_thumbnails(wanted, int(share * whole), workers=2)
    assert sum(map(len, made.values())) <= share * whole
    ((side, _),) = sizes(made)
    larger = SIDES[SIDES.index(side) - 1]
    # The next larger side would not have fitted, or so the sample predicts.
    assert sum(map(len, made.values())) * (larger / side) ** 2 > 0.9 * share * whole


def test_the_smallest_side_is_made_where_nothing_fits(wanted):
    assert sizes(make_thumbnails(wanted, 0, workers=2)) == {(48, 32)}


def test_the_bytes_do_not_depend_on_the_threads(wanted):
    assert make_thumbnails(wanted[:9], 9000, workers=0) == make_thumbnails(
        wanted[:9], 9000, workers=3
    )


def test_no_images_have_no_thumbnails():
    assert make_thumbnails([], 10**6, workers=1) == {}


def test_a_box_is_cut_out(tmp_path):
    small_image(tmp_path / "a.jpg", size=(90, 60))
    with closing(open_source(str(tmp_path), tmp_path)) as source:
        image = WantedImage("a", "a.jpg", (10.0, 20.0, 50.0, 50.0), source)
        assert sizes(make_thumbnails([image], 10**6, workers=0)) == {(40, 30)}
        outside = WantedImage("a", "a.jpg", (10.0, 20.0, 150.0, 50.0), source)
        with pytest.raises(DataError) as error:
            make_thumbnails([outside], 10**6, workers=0)
    assert str(error.value) == (
        f"{tmp_path}/a.jpg: the box 10 20 150 50 leaves the image, which is 90 x 60 pixels when "
        "upright; fix x0 y0 x1 y1 in the list (id a); --skip-unreadable leaves such images out"
    )


def test_if_no_image_can_be_read_that_is_an_error_although_they_are_skipped(tmp_path):
    with closing(open_source(str(tmp_path), tmp_path)) as source:
        images = [WantedImage(name, f"{name}.jpg", None, source) for name in "ab"]
        with pytest.raises(DataError) as error:
            make_thumbnails(images, 10**6, workers=1, skip_unreadable=True)
    assert str(error.value) == (
        "none of the 2 images can be read, the first: "
        f"{tmp_path}/a.jpg: cannot be read: No such file or directory"
    )


@pytest.mark.usefixtures("folder")
def test_pictures_come_from_folders_tars_and_urls(read_report):
    with tarfile.open("photos/photos.tar", "w") as archive:
        for file in sorted(Path("photos").glob("*.jpg")):
            archive.add(file, file.name)
    reports = []
    with FileServer(Path("photos")) as server:
        for images in ("photos", "photos/photos.tar", server.url, f"{server.url}/photos.tar"):
            shown = ["--images", images, "--list", "l.tsv", "--report", "r.html"]
            result = run(["gld-eval", "n.tsv", "--truth", "t.tsv", *shown])
            assert (result.exit_code, result.stderr) == (0, "")
            reports.append(read_report("r.html").data)
    assert all(report == reports[0] for report in reports)
    assert all(image[-1] for image in reports[0]["images"])
