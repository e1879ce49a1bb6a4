"""A store of keypoints returns what was written, or nothing."""

import numpy as np
import pytest
from gld_rerank.spatial.features.kinds import KINDS
from gld_rerank.spatial.keypoint_store import KeypointStore
from gld_rerank.spatial.keypoints import Keypoints, from_bytes, to_bytes
from gld_rerank.spatial.pair_counts import Count, PairCounts
from gld_shared.errors import DataError
from gld_shared.unfinished_names import name_beside
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

KIND = KINDS["sift"]
SETTINGS = {"list": {"path": "index.tsv", "sha256": "a" * 64}, "size": 1024}
FLOATS = st.floats(width=32, allow_nan=False)


def some(seed=0, count=5):
    generator = np.random.default_rng(seed)
    points = generator.uniform(0, 600, (count, 2)).astype(np.float32)
    return Keypoints(points, generator.integers(0, 256, (count, 128), np.uint8), (480, 640))


def assert_equal(found, expected):
    assert found.sides == expected.sides
    assert found.descriptors.dtype == expected.descriptors.dtype
    assert np.array_equal(found.points, expected.points)
    assert np.array_equal(found.descriptors, expected.descriptors)


@given(st.data(), st.integers(0, 4), st.sampled_from(["uint8", "int32", "float16", "float32"]))
def test_bytes_hold_all_of_the_keypoints(data, count, dtype):
    points = data.draw(arrays(np.float32, (count, 2), elements=FLOATS))
    descriptors = data.draw(arrays(np.uint8, (count, 3))).astype(dtype)
    keypoints = Keypoints(points, descriptors, (7, 9))
    assert_equal(from_bytes(to_bytes(keypoints), 3, dtype), keypoints)


@pytest.fixture
def store(tmp_path):
    return KeypointStore.open(tmp_path / "index.sift.keypoints", KIND, SETTINGS)


def test_the_place_of_the_photographs_is_compared_but_decides_nothing(tmp_path, store, caplog):
    store.write(3, some())
    for place in ("/a", "/a", "/b"):
        moved = KeypointStore.open(store.path, KIND, {**SETTINGS, "images": place})
        assert_equal(moved.read(3), some())
    assert caplog.messages == [
        f"{store.path}: has keypoints of the photographs in /a, and they count for those in /b; if "
        "these are others, name another folder for keypoints with --keypoints"
    ]


def test_rows_are_returned_as_written(store):
    written = {0: some(0), 7: some(1, 0), 123_456: some(2)}
    for row, keypoints in written.items():
        store.write(row, keypoints)
    again = KeypointStore.open(store.path, KIND, {**SETTINGS, "list": SETTINGS["list"]})
    for row, keypoints in written.items():
        assert_equal(again.read(row), keypoints)
    assert again.read(1) is None


def test_a_change_of_any_byte_is_noticed(store, caplog):
    store.write(3, some(count=1))
    file = store.path / "0/3"
    data = file.read_bytes()
    for at in range(len(data)):
        file.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert store.read(3) is None
    for length in range(len(data)):
        file.write_bytes(data[:length])
        assert store.read(3) is None
    assert caplog.messages[0] == f"{file}: damaged; its keypoints are detected again"


def test_keypoints_of_another_image_or_of_other_settings_are_noticed(store, tmp_path):
    store.write(3, some())
    (store.path / "0/4").write_bytes((store.path / "0/3").read_bytes())
    assert store.read(4) is None
    other = KeypointStore.open(tmp_path / "other", KIND, {**SETTINGS, "size": 800})
    (other.path / "0").mkdir()
    (other.path / "0/3").write_bytes((store.path / "0/3").read_bytes())
    assert other.read(3) is None


def test_the_same_list_under_another_path_is_the_same(store):
    moved = {**SETTINGS, "list": {"path": "copy.tsv", "sha256": "a" * 64}}
    store.write(3, some())
    assert_equal(KeypointStore.open(store.path, KIND, moved).read(3), some())


def test_other_settings_are_refused(store):
    other = {"list": {"path": "index.tsv", "sha256": "b" * 64}, "size": 800}
    with pytest.raises(DataError) as error:
        KeypointStore.open(store.path, KIND, other)
    assert str(error.value) == (
        f"{store.path}: was made with another list (index.tsv with sha256 aaaaaaaaaaaa, now "
        "index.tsv with sha256 bbbbbbbbbbbb), size (1024, now 800); name another folder for "
        "keypoints with --keypoints, or move this one away"
    )


def test_damaged_settings_are_written_again(store, caplog):
    store.write(3, some())
    settings = store.path / "settings.json"
    good = settings.read_bytes()
    settings.write_bytes(good[:40])
    assert_equal(KeypointStore.open(store.path, KIND, SETTINGS).read(3), some())
    assert settings.read_bytes() == good
    assert caplog.messages == [f"{settings}: damaged, so it is written again"]


def test_a_device_in_the_place_of_inliers_counts_as_damaged(tmp_path, caplog):
    counts = PairCounts(tmp_path, {"size": 1024})
    counts.write(3, {0: Count(7, 1)})
    file = counts.path / "0" / "3"
    file.unlink()
    file.symlink_to("/dev/zero")
    assert counts.read(3) == {}
    assert caplog.messages == [f"{file}: damaged; its pairs are verified again"]
    counts.write(3, {0: Count(7, 1)})
    assert counts.read(3) == {0: Count(7, 1)}


def test_a_process_killed_while_it_wrote_the_settings_left_no_store(tmp_path):
    path = tmp_path / "index.sift.keypoints"
    path.mkdir()
    name_beside(path / "settings.json").write_text("{")
    KeypointStore.open(path, KIND, SETTINGS)
    assert [entry.name for entry in path.iterdir()] == ["settings.json"]


@pytest.mark.parametrize("what", ["file", "folder"])
def test_something_else_of_that_name_is_refused(tmp_path, what):
    path = tmp_path / "index.sift.keypoints"
    if what == "file":
        path.write_text("precious")
    else:
        path.mkdir()
        (path / "photo.jpg").write_text("precious")
    with pytest.raises(DataError) as error:
        KeypointStore.open(path, KIND, SETTINGS)
    assert str(error.value) == (
        f"{path}: exists and is no store of keypoints; name another folder for them with "
        "--keypoints"
    )


def test_inliers_are_returned_as_written(tmp_path, caplog):
    counts = PairCounts(tmp_path, {"threshold": 4.0})
    counts.write(2, {9: Count(30, 7), 4: Count(0, 8)})
    again = PairCounts(tmp_path, {"threshold": 4.0})
    assert again.read(2) == {4: (0, 8), 9: (30, 7)}
    assert again.read(3) == {}
    assert PairCounts(tmp_path, {"threshold": 2.0}).read(2) == {}
    file = counts.path / "0/2"
    for times in (1, 2):
        file.write_bytes(file.read_bytes()[:-5])
        assert again.read(2) == again.read(2) == {}
        assert caplog.messages == [f"{file}: damaged; its pairs are verified again"] * times
        again.write(2, {9: Count(30, 7)})
