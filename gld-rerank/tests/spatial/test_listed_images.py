"""Images of stores are found by the lists that the stores were made from."""

import json

import pytest
from gld_rerank.spatial.listed_images import listed_images
from gld_shared.errors import DataError
from gld_shared.sha256 import sha256
from gld_shared.store.parts import open_parts
from gld_shared.testing import small_list, small_store


def made_from(tmp_path, name, ids, *lists):
    """Write a store of images, made from these lists."""

    store = small_store(tmp_path / name, ids)
    entries = [{"path": str(path), "sha256": sha256(path)} for path in lists]
    metadata = json.loads((store / "zarr.json").read_text())
    assert metadata["attributes"].pop("digests") and metadata["attributes"].pop("has_digests")
    metadata["attributes"]["list"] = entries if len(entries) > 1 else entries[0]
    (store / "zarr.json").write_text(json.dumps(metadata))
    return str(store)


def test_images_of_several_lists_and_parts(tmp_path):
    lists = [small_list(tmp_path / f"{name}.tsv", [name, f"{name}1"]) for name in "abc"]
    parts = [
        made_from(tmp_path, "0.zarr", ["a", "b"], *lists[:2]),
        made_from(tmp_path, "1.zarr", ["c"], lists[2]),
    ]
    listed = listed_images(open_parts(parts), [], "photos", "--list")
    assert listed.name == "a"
    found = listed.find(["c", "a", "b1"])
    assert found["row"].to_list() == [4, 0, 3]
    assert found["path"].to_list() == ["c.jpg", "a.jpg", "b1.jpg"]


def test_a_part_of_an_older_list_is_named(tmp_path):
    listed = small_list(tmp_path / "a.tsv", ["a"])
    old = made_from(tmp_path, "0.zarr", ["a"], listed)
    small_list(listed, ["a", "b"])
    new = made_from(tmp_path, "1.zarr", ["b"], listed)
    with pytest.raises(DataError) as error:
        listed_images(open_parts([old, new]), [], "photos", "--list")
    assert str(error.value) == (
        f"{listed}: has changed since {old} was made from it; restore it, or name a list of the "
        "same images with --list"
    )


def test_only_ids_paths_and_boxes_count(tmp_path):
    store = open_parts([str(small_store(tmp_path / "i.zarr", ["a", "b"]))])
    with_labels = small_list(tmp_path / "a.tsv", ["a", "b"])
    without = tmp_path / "b.tsv"
    without.write_text("id\tpath\na\ta.jpg\nb\tb.jpg\n")
    other = tmp_path / "c.tsv"
    other.write_text("id\tpath\na\ta.jpg\nb\tc.jpg\n")
    digests = [
        listed_images(store, [str(path)], "photos", "--list").digest
        for path in (with_labels, without, other)
    ]
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize(
    ("file", "name"), [("index.tsv", "index"), ("index.tsv.gz", "index"), ("a.b.tsv", "a.b")]
)
def test_the_name_of_a_list_has_no_endings(tmp_path, file, name):
    store = open_parts([str(small_store(tmp_path / "i.zarr", ["a"]))])
    listed = small_list(tmp_path / file, ["a"])
    assert listed_images(store, [str(listed)], "photos", "--list").name == name


@pytest.mark.parametrize(
    ("images", "place"),
    [
        ("photos", "{folder}/photos"),
        ("./photos/", "{folder}/photos"),
        ("file://{folder}/photos", "{folder}/photos"),
        ("tars/{{0..9}}.tar", "{folder}/tars/{{0..9}}.tar"),
        ("https://me:word@host:80/x.tar?Signature=1", "https://host:80/x.tar"),
        ("s3://bucket/{{0..9}}.tar", "s3://bucket/{{0..9}}.tar"),
        ("https://host/photos/", "https://host/photos"),
    ],
)
def test_the_place_of_photographs_holds_no_secret(tmp_path, monkeypatch, images, place):
    monkeypatch.chdir(tmp_path)
    listed = small_list(tmp_path / "a.tsv", ["a"])
    store = open_parts([str(small_store(tmp_path / "0.zarr", ["a"]))])
    found = listed_images(store, [str(listed)], images.format(folder=tmp_path), "--list")
    assert found.place == place.format(folder=tmp_path)
