"""gld-rerank spatial: photographs and lists from everywhere, and those that are missing."""

import shutil
import tarfile

import polars as pl
import pytest
from gld_rerank.spatial.keypoint_store import KeypointStore
from gld_shared.tables import (
    LIST,
    UNREADABLE,
    read_list,
    read_table,
    write_table,
)
from gld_shared.testing import run, small_store
from gld_shared.testing.file_server import FileServer

TWO = {"a0": ["b0", "c0", "a1"], "b1": ["a1", "b0"]}


def test_photographs_come_from_a_web_server(album, tmp_path):
    made = album({"a0": ["b0", "a1"]})
    with FileServer(made.photos) as server:
        options = ["--images", server.url, "--keypoints", tmp_path / "web"]
        assert made.rows(*options) == made.rows()


def test_photographs_come_from_tars(album, tmp_path):
    made = album(TWO)
    with tarfile.open(tmp_path / "photos.tar", "w") as archive:
        for photo in sorted(made.photos.iterdir()):
            archive.add(photo, photo.name)
    options = ["--images", tmp_path / "photos.tar"]
    assert made.rows(*options, "--keypoints", tmp_path) == made.rows()
    assert not list(tmp_path.rglob("*.work"))


def test_queries_may_have_another_source_and_list(album, tmp_path):
    made = album({"a0": ["b0", "a1"]})
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(made.photos / "a2.png", other / "renamed.png")
    listed = tmp_path / "renamed.tsv"
    write_table(listed, LIST, pl.DataFrame({"id": ["a0"], "path": ["renamed.png"]}), {})
    options = ["--query-images", other, "--query-list", listed]
    assert [image for image, _ in made.rows(*options)["a0"]] == ["a1", "b0"]
    assert (tmp_path / "renamed.sift.keypoints").is_dir()


def test_one_list_of_two_sources_is_refused(album, tmp_path):
    made = album({"a0": ["a0", "a1"], "a1": ["a0"]})
    options = ["--query-list", made.index]
    result = run([*made.command, *options, "--query-images", tmp_path])
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: {made.index} and {made.index}: list the same images, in --query-images {tmp_path} "
        f"and in --images {made.photos}; expected one source for them, or other lists "
        "(--query-list, --list)\n",
    )
    assert made.rows(*options)["a1"] == made.rows()["a1"]


def test_one_source_of_two_spellings_is_one(album):
    made = album({"a0": ["a0", "a1"], "a1": ["a0"]})
    spelt = made.photos.parent / "." / ".." / made.photos.parent.name / made.photos.name
    options = ["--query-list", made.index, "--query-images", f"{spelt}/"]
    assert made.rows(*options)["a1"] == made.rows()["a1"]


def test_keypoints_of_another_source_are_named(album, tmp_path):
    made = album({"a0": ["b0", "a1"]})
    expected = made.rows()
    moved = shutil.copytree(made.photos, tmp_path / "moved")
    command = [*made.command[:3], "--images", moved, "-j", "1"]
    result = run(command)
    assert result.exit_code == 0
    assert result.stderr == "".join(
        f"gld-rerank: {store}: has keypoints of the photographs in {made.photos}, and they "
        f"count for those in {moved}; if these are others, name another folder for keypoints with "
        "--keypoints\n"
        for store in made.stores
    )
    again = run([*command, "--keypoints", tmp_path / "others"])
    assert (again.exit_code, again.stderr) == (0, "")
    bodies = [each.stdout.splitlines()[1:] for each in (result, again)]
    assert bodies[0] == bodies[1]
    assert [line.split("\t")[1] for line in bodies[0][1:]] == [image for image, _ in expected["a0"]]


def test_two_lists_of_one_name_are_refused_in_one_folder(album, tmp_path):
    made = album({"a0": ["b0", "a1"]})
    (tmp_path / "other").mkdir()
    named = shutil.copy(made.queries, tmp_path / "other" / made.index.name)
    options = ["--query-list", named, "--keypoints", tmp_path / "kept"]
    result = run([*made.command, *options])
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: {named} and {made.index}: list other images under one name, after which the "
        "folders of their keypoints are named; rename one of the lists, or leave out --keypoints, "
        "so that each is kept beside its list\n",
    )
    assert not (tmp_path / "kept").exists()
    assert made.rows(*options[:2]) == made.rows()


def test_keypoints_within_a_store_are_refused_before_the_work(album, tmp_path):
    made = album({"a0": ["b0", "a1"]})
    stores = sorted(tmp_path.rglob("*.zarr"))
    before = sorted(tmp_path.rglob("*"))
    for store in stores:
        result = run([*made.command, "--keypoints", store])
        assert (result.exit_code, result.stderr) == (
            1,
            f"Error: {store}: is also read, and would be overwritten; name another output\n",
        )
    assert sorted(tmp_path.rglob("*")) == before and len(stores) == 2


def test_boxes_of_a_list_count(album, tmp_path):
    made = album({"a0": ["a1", "b0"]})
    rows = read_list(made.queries).rows
    boxed = rows.with_columns(
        pl.lit(value, pl.Float64).alias(name)
        for name, value in zip(("x0", "y0", "x1", "y1"), (5, 5, 9, 9), strict=True)
    )
    listed = tmp_path / "boxed.tsv"
    write_table(listed, LIST, boxed, {})
    found = made.rows("--query-list", listed)
    # A few pixels have no keypoints that match.
    assert found["a0"] == [("a1", 0.9), ("b0", 0.8)]


def with_broken(album, tmp_path, name, data):
    """Return an album, options and a photograph that has other bytes, or is missing without."""
    made = album(TWO)
    photos = shutil.copytree(made.photos, tmp_path / "photos")
    if data is None:
        (photos / name).unlink()
    else:
        (photos / name).write_bytes(data)
    return made, ["--images", photos], photos / name


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"", "empty, expected an image"),
        (b"words", "not an image in a known format (JPEG, PNG, HEIC, GIF, ...)"),
    ],
)
@pytest.mark.parametrize(("name", "image"), [("a1.png", "a1"), ("a0.png", "a0")])
def test_a_photograph_that_cannot_be_read_is_named(album, tmp_path, name, image, data, fault):
    made, options, photo = with_broken(album, tmp_path, name, data)
    result = run([*made.command, *options])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {photo}: {fault} (id {image}); --skip-unreadable ranks such images by their "
        "similarity alone\n"
    )
    assert not list(tmp_path.rglob("*.work"))


def test_skipped_photographs_are_ranked_by_similarity_and_tried_again(album, tmp_path):
    made, options, photo = with_broken(album, tmp_path, "a1.png", None)
    result = run([*made.command, *options, "--skip-unreadable"])
    skipped = tmp_path / "index.sift.keypoints.unreadable.tsv"
    assert result.exit_code == 0, result.stderr
    assert result.stderr == (
        f"gld-rerank: no keypoints: {photo}: cannot be read: No such file or directory (id a1)\n"
        f"gld-rerank: 1 of 3 images have no keypoints, see {skipped}\n"
    )
    assert read_table(skipped, UNREADABLE).rows.rows() == [
        ("a1", "a1.png", f"{photo}: cannot be read: No such file or directory")
    ]
    lines = [line.split("\t") for line in result.stdout.splitlines()[2:]]
    assert [image for query, image, *_ in lines if query == "a0"] == ["b0", "c0", "a1"]
    assert run([*made.command, *options]).exit_code == 1
    shutil.copy(photo.with_name("a2.png"), photo)
    again = made.rows(*options, "--weight", "1", "--skip-unreadable")
    assert again["a0"][0][0] == "a1"
    assert not skipped.exists()


def test_a_photograph_that_is_gone_when_its_keypoints_are_damaged(album, tmp_path):
    made, options, photo = with_broken(album, tmp_path, "a1.png", b"words")
    photo.write_bytes((made.photos / "a1.png").read_bytes())
    command = [*made.command, *options, "--skip-unreadable"]
    whole = run(command).stdout
    (damaged,) = [made.stores[1] / "0" / str(read_list(made.index).rows["id"].index_of("a1"))]
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"!")
    photo.write_bytes(b"words")
    without = run(command)
    fault = "not an image in a known format (JPEG, PNG, HEIC, GIF, ...)"
    skipped = tmp_path / "index.sift.keypoints.unreadable.tsv"
    assert without.stdout != whole
    assert without.stderr == (
        f"gld-rerank: {damaged}: damaged; its keypoints are detected again\n"
        f"gld-rerank: no keypoints: {photo}: {fault} (id a1)\n"
        f"gld-rerank: 1 of 3 images have no keypoints, see {skipped}\n"
    )
    photo.write_bytes((made.photos / "a1.png").read_bytes())
    assert run(command).stdout == whole


def test_a_note_that_another_command_removes_meanwhile(album, tmp_path, monkeypatch):
    made, options, _ = with_broken(album, tmp_path, "a1.png", None)
    why_unreadable = KeypointStore.why_unreadable

    def removed_first(store, row):
        store.forget_unreadable(row)
        return why_unreadable(store, row)

    monkeypatch.setattr(KeypointStore, "why_unreadable", removed_first)
    rows = made.rows(*options, "--skip-unreadable")
    assert [image for image, *_ in rows["a0"]] == ["b0", "c0", "a1"]


def test_a_list_that_changed_since_is_refused(album):
    made = album(TWO)
    made.index.write_text(made.index.read_text().replace("a1.png", "a2.png"))
    result = run(made.command)
    store = made.table.with_name("i.zarr")
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: {made.index}: has changed since {store} was made from it; restore it, or name a "
        "list of the same images with --list\n",
    )


def test_a_list_that_is_gone_is_named(album):
    made = album(TWO)
    made.queries.unlink()
    result = run(made.command)
    store = made.table.with_name("q.zarr")
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: {made.queries}: cannot be read: No such file or directory; {store} was made from "
        "it, so restore it, or name a copy with --query-list\n",
    )


def test_a_list_without_an_image_of_the_table_is_refused(album, tmp_path):
    made = album(TWO)
    result = run([*made.command, "--list", made.queries])
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: {made.queries}: lacks 'a1', which {tmp_path / 'i.zarr'} holds; name the list of "
        "its images with --list\n",
    )


def test_a_store_that_names_no_list(album, tmp_path):
    made = album(TWO)
    shutil.rmtree(tmp_path / "i.zarr")
    small_store(tmp_path / "i.zarr", ["a1", "b0", "c0"], dimension=4)
    result = run(made.command)
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: {tmp_path / 'i.zarr'}: does not say which list it was made from; name the list of "
        "its images with --list\n",
    )
