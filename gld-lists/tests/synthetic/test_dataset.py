"""The synthetic data set: its files, its metadata and its pictures."""

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from gld_lists.synthetic import write_synthetic
from gld_lists.synthetic.plan import make_plan
from gld_shared.errors import DataError
from gld_shared.sha256 import sha256

LANDMARKS, SEED, SIZE = 12, 3, 48


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write twelve landmarks, the fewest for which every split lacks some, without drawing."""
    folder = tmp_path_factory.mktemp("synthetic") / "raw"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gld_lists.synthetic.dataset.build", lambda *_: None)
        patch.setattr("gld_lists.synthetic.dataset.photograph", lambda *_: b"not drawn")
        write_synthetic(folder, LANDMARKS, SEED, workers=1, size=SIZE)
    return folder


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write two landmarks with their pictures."""
    folder = tmp_path_factory.mktemp("drawn") / "raw"
    write_synthetic(folder, 2, 5, workers=1, size=SIZE)
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_same_bytes_with_any_number_of_workers(drawn: Path, tmp_path: Path) -> None:
    parallel, other = tmp_path / "parallel", tmp_path / "other"
    write_synthetic(parallel, 2, 5, workers=2, size=SIZE)
    write_synthetic(other, 2, 6, workers=1, size=SIZE)
    assert sha256(drawn) == sha256(parallel)
    assert sha256(drawn) != sha256(other)


@pytest.mark.parametrize("name", ["tree", "drawn"])
def test_the_tables_name_every_image(name: str, request: pytest.FixtureRequest) -> None:
    tree = request.getfixturevalue(name)
    tables = {
        "train": "train/train.csv",
        "index": "index/index_image_to_landmark.csv",
        "test": "test/retrieval_solution_v2.1.csv",
    }
    listed = {(split, row["id"]) for split, name in tables.items() for row in rows(tree / name)}
    found = {(path.relative_to(tree).parts[0], path.stem) for path in tree.rglob("*.jpg")}
    assert found == listed
    for path in tree.rglob("*.jpg"):
        assert path.relative_to(tree).parts[1:4] == tuple(path.stem[:3])


def test_every_image_decodes(drawn: Path) -> None:
    for path in drawn.rglob("*.jpg"):
        picture = cv2.imread(str(path))
        assert picture is not None
        assert max(picture.shape[:2]) == SIZE


def test_counts(tree: Path) -> None:
    plan = make_plan(LANDMARKS, SEED)
    images = len(list(tree.rglob("*.jpg")))
    assert images == len(plan.photographs) == len({image.id for image in plan.photographs})
    assert 14 * LANDMARKS < images < 28 * LANDMARKS
    queries = rows(tree / "test/retrieval_solution_v2.1.csv")
    assert {row["Usage"] for row in queries} == {"Public", "Private", "Ignored"}
    index = {row["id"] for row in rows(tree / "index/index_image_to_landmark.csv")}
    for query in queries:
        if query["Usage"] == "Ignored":
            assert query["images"] == "None"
        else:
            assert set(query["images"].split()) <= index


def test_official_headers_and_categories(tree: Path) -> None:
    heads = {path.relative_to(tree).as_posix(): path for path in tree.rglob("*.csv")}
    first = {name: path.read_text().splitlines()[0] for name, path in heads.items()}
    assert first["train/train.csv"] == "id,url,landmark_id"
    assert first["train/train_clean.csv"] == "landmark_id,images"
    assert first["train/train_label_to_category.csv"] == "landmark_id,category"
    assert first["index/index_label_to_category.csv"] == "landmark_id,category"
    assert first["index/index_image_to_landmark.csv"] == "id,landmark_id"
    assert first["test/retrieval_solution_v2.1.csv"] == "id,images,Usage"
    prefix = "http://commons.wikimedia.org/wiki/Category:"
    lines = heads["train/train_label_to_category.csv"].read_text().splitlines()[1:]
    for line in lines:
        _, category = line.split(",", 1)
        assert category.startswith((prefix, f'"{prefix}'))
        assert category.startswith('"') == ("," in category)


def test_splits_of_landmarks(tree: Path) -> None:
    def names(table: str) -> set[str]:
        return {row["category"] for row in rows(tree / table)}

    train = names("train/train_label_to_category.csv")
    index = names("index/index_label_to_category.csv")
    assert train & index
    assert train - index, "some landmarks are in train only"
    assert index - train, "some landmarks are in the index only"
    labelled = {row["landmark_id"] for row in rows(tree / "train/train.csv")}
    clean = rows(tree / "train/train_clean.csv")
    assert {row["landmark_id"] for row in clean} < labelled
    kept = {image for row in clean for image in row["images"].split()}
    assert kept < {row["id"] for row in rows(tree / "train/train.csv")}


def test_every_category_has_one_country(tree: Path) -> None:
    folder = tree / "country_info"
    codes = json.loads((folder / "country_codes.json").read_text())
    assert "OTHER" in codes
    named = [
        entry["name"]
        for code in codes
        for entry in json.loads((folder / f"{code}.json").read_text())
    ]
    assert len(named) == len(set(named))
    table = tree / "train/train_label_to_category.csv"
    for row in rows(table):
        assert row["category"].split("Category:", 1)[1] in named
    continents = {row["Two_Letter_Country_Code"] for row in rows(folder / "continent_codes.csv")}
    assert set(codes) - {"OTHER"} <= continents


def test_pictures_are_not_flat(drawn: Path) -> None:
    spread = [cv2.imread(str(path)).std() for path in drawn.rglob("*.jpg")]
    assert np.median(spread) > 20


def test_refuses_a_folder_that_is_not_empty(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("mine")
    with pytest.raises(DataError) as error:
        write_synthetic(tmp_path, 1, 0)
    assert str(error.value) == (
        f"{tmp_path}: exists already, expected a new or empty folder; name another"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


@pytest.mark.parametrize(
    ("landmarks", "seed", "size", "message"),
    [
        (0, 0, 320, "0 landmarks asked for, expected 1 or more"),
        (1, -1, 320, "seed -1, expected 0 or more"),
        (1, 0, 8, "images of 8 pixels, expected 32 or more"),
    ],
)
def test_refuses_numbers_out_of_range(
    tmp_path: Path, landmarks: int, seed: int, size: int, message: str
) -> None:
    folder = tmp_path / "raw"
    with pytest.raises(DataError, match=message):
        write_synthetic(folder, landmarks, seed, size=size)
    assert not folder.exists()


def test_nothing_is_left_after_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("gld_lists.synthetic.dataset.write_metadata", fail)
    with pytest.raises(OSError, match="disk full"):
        write_synthetic(tmp_path / "raw", 1, 0, workers=1, size=32)
    assert list(tmp_path.iterdir()) == []
