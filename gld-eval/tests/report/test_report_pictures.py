"""The pictures of a report: where they come from, and images that are missing."""

import base64
import io
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from gld_shared.sha256 import sha256
from gld_shared.store import write_store
from gld_shared.testing import program, run, small_image, small_list, succeeded
from PIL import Image

from .commands import PICTURES, SCORED, SHOWN, without_report


@pytest.mark.usefixtures("folder")
def test_pictures_are_small_webp_of_the_listed_images(read_report):
    succeeded([*SCORED, *PICTURES], quiet=True)
    images = {image[0]: image for image in read_report("r.html").data["images"]}
    assert set(images) == set("abxyzw")
    assert images["a"][1:4] == ["Tower", "FR", "Europe"]
    for *_, picture in images.values():
        opened = Image.open(io.BytesIO(base64.b64decode(picture)))
        assert (opened.format, opened.size) == ("WEBP", (96, 72))


@pytest.mark.usefixtures("folder")
def test_without_images_a_report_has_no_pictures(read_report):
    succeeded(SCORED, quiet=True)
    report = read_report("r.html")
    assert {image[-1] for image in report.data["images"]} == {""}
    assert "continent" not in report.text
    succeeded([*SCORED, "--list", "l.tsv"], quiet=True)
    report = read_report("r.html")
    assert {image[-1] for image in report.data["images"]} == {""}
    assert "continent" in report.text


@pytest.mark.usefixtures("folder")
def test_lists_are_those_that_the_stores_were_made_from(read_report):
    lists = {name: small_list(Path(f"{name}.tsv"), ids) for name, ids in LISTS.items()}
    for name, path in lists.items():
        store_of(path, LISTS[name])
    header = {"format": "gld-neighbours/1", "queries": ["q.zarr"], "index": ["i.zarr"]}
    text = f"#{json.dumps(header)}\n{Path('n.tsv').read_text()}"
    Path("n.tsv").write_text(text)
    succeeded([*SCORED, "--images", "photos"], quiet=True)
    assert all(image[-1] for image in read_report("r.html").data["images"])
    Path("r.html").unlink()
    lists["i"].unlink()
    assert without_report([*SCORED, "--images", "photos"]) == (
        "Error: i.tsv: cannot be read: No such file or directory; i.zarr was made from it, so "
        "restore it, or name the lists of queries and index with --list\n"
    )
    small_list(lists["i"], ["x"])
    assert without_report([*SCORED, "--images", "photos"]) == (
        "Error: i.tsv: has changed since i.zarr was made from it; restore it, or name a list of "
        "the same images with --list\n"
    )


LISTS = {"q": ["a", "b"], "i": ["x", "y", "z", "w"]}


def store_of(listed, ids):
    """Write the store of a list, beside it."""
    entry = {"path": str(listed), "sha256": sha256(listed)}
    attributes = {"checkpoint": {"path": "random:none", "sha256": "0"}, "history": []}
    write_store(
        listed.with_suffix(".zarr"),
        ids,
        np.eye(len(ids), 8),
        {**attributes, "list": entry},
        dtype="float32",
    )


@pytest.mark.usefixtures("folder")
def test_images_that_a_store_left_out_as_unreadable_are_named(read_report):
    for name, ids in LISTS.items():
        store_of(small_list(Path(f"{name}.tsv"), [*ids, "broken"]), ids)
    rows = "id\tpath\treason\nbroken\tbroken.jpg\tempty\n<i>\ti.jpg\tempty\n"
    Path("i.unreadable.tsv").write_text(rows)
    Path("q.unreadable.tsv").write_text("id\tpath\treason\nbroken\tbroken.jpg\tempty\n")
    header = {"format": "gld-neighbours/1", "queries": ["q.zarr"], "index": ["i.zarr"]}
    Path("n.tsv").write_text(f"#{json.dumps(header)}\n{Path('n.tsv').read_text()}")
    succeeded([*SHOWN, "--images", "photos"], quiet=True)
    text = read_report("r.html").text
    one = "1 photograph could not be read, and is left out: broken. q.unreadable.tsv says why."
    two = "2 photographs could not be read, and are left out: broken, <i>. i.unreadable.tsv says "
    assert one in text
    assert two in text
    succeeded([*SCORED, "--images", "photos"], quiet=True)
    assert "2 images could not be read, and are left out: broken" in read_report("r.html").text


@pytest.mark.usefixtures("folder")
def test_images_of_neighbours_without_stores_need_lists():
    assert without_report([*SHOWN, "--images", "photos"]) == (
        "Error: n.tsv: names no stores, so the images' paths are unknown; name the lists of "
        "queries and index with --list\n"
    )


@pytest.mark.usefixtures("folder")
def test_images_that_are_not_listed_are_named(read_report):
    lines = Path("l.tsv").read_text().splitlines(keepends=True)
    Path("l.tsv").write_text("".join(line for line in lines if not line.startswith(("x", "z"))))
    assert without_report([*SHOWN, *PICTURES]) == (
        "Error: l.tsv: 2 of the report's 5 images are not listed, for example 'x'; name the lists "
        "of both queries and index with --list\n"
    )
    # A positive that was missed need not be in the index.
    Path("l.tsv").write_text("".join(line for line in lines if not line.startswith("w")))
    succeeded([*SCORED, *PICTURES], quiet=True)
    pictures = {image[0]: image[-1] for image in read_report("r.html").data["images"]}
    assert [name for name, picture in pictures.items() if not picture] == ["w"]


@pytest.mark.usefixtures("folder")
def test_an_unreadable_image_is_named_or_skipped(read_report):
    Path("photos/z.jpg").write_bytes(b"none")
    message = "photos/z.jpg: not an image in a known format (JPEG, PNG, HEIC, GIF, ...) (id z)"
    assert without_report([*SCORED, *PICTURES]) == (
        f"Error: {message}; --skip-unreadable leaves such images out\n"
    )
    result = run([*SCORED, *PICTURES, "--skip-unreadable"])
    assert result.exit_code == 0
    assert result.stderr == (
        f"gld-eval: left out: {message}\ngld-eval: 1 of 6 images have no picture in the report\n"
    )
    assert [image[0] for image in read_report("r.html").data["images"] if not image[-1]] == ["z"]


@pytest.mark.usefixtures("folder")
def test_queries_may_have_a_source_of_their_own(read_report):
    for name in "ab":
        small_image(Path("others") / f"{name}.jpg", 9, (30, 40))
        Path(f"photos/{name}.jpg").unlink()
    succeeded([*SCORED, *PICTURES, "--query-images", "others"], quiet=True)
    for name, *_, picture in read_report("r.html").data["images"]:
        size = Image.open(io.BytesIO(base64.b64decode(picture))).size
        assert size == ((30, 40) if name in "ab" else (96, 72))


WITHOUT_DECODERS = """
import sys
sys.modules |= {"PIL": None, "cv2": None, "simplejpeg": None, "torch": None}
from gld_eval.cli import main
main(sys.argv[1:])
"""


@pytest.mark.usefixtures("folder")
def test_only_pictures_need_the_packages_that_read_images():
    command = [program("python"), "-c", WITHOUT_DECODERS, *SCORED[1:]]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    done = subprocess.run([*command, *PICTURES], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "Error: --images: the packages that read images are not installed (import of PIL halted; "
        "None in sys.modules); pip install 'gld-eval[images]'\n"
    )
