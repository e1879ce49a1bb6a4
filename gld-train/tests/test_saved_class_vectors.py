"""Class vectors of an earlier stage: the rows that are copied, and the files that are rejected."""

import re

import pytest
import torch
from gld_shared.errors import DataError
from gld_train.initial_weights import set_class_means
from gld_train.losses import ArcFace
from gld_train.losses.saved_class_vectors import (
    ClassVectors,
    copy_class_vectors,
    load_class_vectors,
    save_class_vectors,
)
from hypothesis import given
from hypothesis import strategies as st


def head(classes, subcenters=1):
    return ArcFace(4, classes, 30.0, 0.3, subcenters)


def earlier(rows, landmarks=None):
    return ClassVectors(rows, landmarks, "a.run/head.safetensors")


@given(before=st.integers(1, 9), after=st.integers(1, 9), subcenters=st.integers(1, 3))
def test_the_common_rows_are_kept_for_any_two_sizes(before, after, subcenters):
    old, new = head(before, subcenters), head(after, subcenters)
    fresh = new.weight.detach().clone()
    common = min(before, after)
    assert copy_class_vectors(new, earlier(old.weight.detach()), None) == common
    assert new.weight[:common].equal(old.weight[:common])
    assert new.weight[common:].equal(fresh[common:])


def test_one_vector_becomes_the_first_of_several_centers():
    new = head(3, subcenters=2)
    others = new.weight[:, 1].detach().clone()
    copy_class_vectors(new, earlier(torch.ones(2, 4)), None)
    assert new.weight[:2, 0].eq(1).all()
    assert new.weight[:, 1].equal(others)


@pytest.mark.parametrize("subcenters", [1, 3])
def test_class_means_are_the_first_vector_of_each_class_that_has_images(subcenters):
    new = head(3, subcenters)
    fresh = new.weight.detach().clone().view(3, subcenters, 4)
    set_class_means(torch.eye(4)[:3], torch.tensor([0, 0, 2]), new)
    vectors = new.weight.detach().view(3, subcenters, 4)
    torch.testing.assert_close(vectors[0, 0], torch.tensor([0.5, 0.5, 0, 0]).sqrt())
    torch.testing.assert_close(vectors[2, 0], torch.eye(4)[2])
    assert vectors[1].equal(fresh[1])
    assert vectors[:, 1:].equal(fresh[:, 1:])


@pytest.mark.parametrize("shape", [(2, 5), (2, 2, 4), (2, 3, 5)])
def test_other_dimensions_and_numbers_of_centers_are_refused(shape):
    with pytest.raises(DataError) as caught:
        copy_class_vectors(head(3, subcenters=3), earlier(torch.ones(shape)), None)
    assert str(caught.value) == (
        f"a.run/head.safetensors: weight is {shape}, expected (classes, 3, 4); "
        "set model.dim and head.subcenters as they were"
    )


def test_the_first_landmark_that_differs_is_named():
    names = [b"Sphinx", b"", b"Petra", b"Uluru"]
    new = [b"Sphinx", b"Ani", b"Uluru", b"Petra"]
    with pytest.raises(DataError) as caught:
        copy_class_vectors(head(4), earlier(torch.ones(4, 4), names), new)
    assert str(caught.value) == (
        "a.run/head.safetensors: label 2 is landmark Petra there and Uluru in the list; expected "
        "labels that continue the earlier stage's; make both lists together, or set head.init "
        "to 'random'"
    )


@pytest.mark.parametrize(
    ("classes", "before", "after", "common"),
    [
        (3, [b"a", b""], [b"a", b"b", b"c"], 2),
        (3, [b"a", b"b"], None, 2),
        (1, [b"a", b"b"], [b"a"], 1),
    ],
)
def test_unknown_and_further_landmarks_agree(classes, before, after, common):
    assert copy_class_vectors(head(classes), earlier(torch.ones(2, 4), before), after) == common


@pytest.mark.parametrize("landmarks", [None, [b"Angkor Wat", b"", "Nîmes".encode()]])
def test_saved_class_vectors_read_back(tmp_path, landmarks):
    path, saved = tmp_path / "head.safetensors", head(3, subcenters=2)
    save_class_vectors(path, saved, landmarks)
    read = load_class_vectors(str(path))
    assert read.rows.equal(saved.weight)
    assert read.landmarks == landmarks


def test_a_file_without_class_vectors_is_refused(tmp_path):
    path = tmp_path / "head.safetensors"
    with pytest.raises(DataError, match=re.escape(f"{path}: not found; head.init is 'random'")):
        load_class_vectors(str(path))
    path.write_bytes(b"no tensors")
    with pytest.raises(DataError, match="not a whole safetensors file"):
        load_class_vectors(str(path))


def test_damaged_class_vectors_are_refused(tmp_path):
    path = tmp_path / "head.safetensors"
    save_class_vectors(path, head(3), None)
    path.write_bytes(path.read_bytes()[:-8] + bytes(8))
    with pytest.raises(DataError) as caught:
        load_class_vectors(str(path))
    assert str(caught.value) == (
        f"{path}: does not match its checksum; the file is damaged, copy or make it again"
    )
