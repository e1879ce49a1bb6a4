"""gld-lists google with official files whose rows are broken, or of which one is missing."""

from pathlib import Path

import pytest
from gld_lists.gldv2.google import google_lists
from gld_lists.gldv2.official_csv import CLEAN, INDEX, SOLUTION, TRAIN, TRAIN_CATEGORIES
from gld_shared.errors import DataError
from gld_shared.testing import run


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


BROKEN = [
    (
        TRAIN,
        ("id,url,landmark_id", "id,url,landmark"),
        "{raw}/train/train.csv:1: no column landmark_id in id,url,landmark; "
        "expected id,landmark_id, as in the published file",
    ),
    (
        TRAIN,
        ("c7f1536f12435c66,", "766b015729610339,"),
        "{raw}/train/train.csv:3: image 766b015729610339 appears twice, first on line 2; "
        "expected each once, keep one of the lines",
    ),
    (
        TRAIN,
        (".jpg,63130", ".jpg,x63130"),
        "{raw}/train/train.csv:3: landmark_id is 'x63130', expected an integer; "
        "download the file again",
    ),
    (
        TRAIN,
        (".jpg,63130\n", ".jpg\n"),
        "{raw}/train/train.csv:3: landmark_id is empty, expected a value; download the file again",
    ),
    (
        TRAIN,
        (".jpg,9077", ".jpg,1"),
        "{raw}/train/train.csv:5: landmark 1 has no category in "
        "{raw}/train/train_label_to_category.csv; expected both files from the same release",
    ),
    (
        CLEAN,
        ("cd3bf3f98f1261f5", "ffffffffffffffff"),
        "{raw}/train/train_clean.csv:2: image ffffffffffffffff of landmark 3173 is not in "
        "{raw}/train/train.csv; expected both files from the same release",
    ),
    (
        CLEAN,
        ("cd3bf3f98f1261f5", "0209dcdc1dd03a66"),
        "{raw}/train/train_clean.csv:2: image 0209dcdc1dd03a66 appears twice; "
        "expected each once, keep one",
    ),
    (
        CLEAN,
        ("\n7289,", "\n3173,"),
        "{raw}/train/train_clean.csv:3: landmark 3173 appears twice, first on line 2; "
        "expected each once, keep one of the lines",
    ),
    (
        CLEAN,
        ("landmark_id,images", "landmark,images"),
        "{raw}/train/train_clean.csv:1: no column landmark_id in landmark,images; "
        "expected landmark_id,images, as in the published file",
    ),
    (
        CLEAN,
        ("\n7289,", "\nseven,"),
        "{raw}/train/train_clean.csv:3: landmark_id is 'seven', expected an integer; "
        "download the file again",
    ),
    (
        TRAIN_CATEGORIES,
        ("\n7289,", "\n3173,"),
        "{raw}/train/train_label_to_category.csv:3: landmark 3173 appears twice, first on line 2; "
        "expected each once, keep one of the lines",
    ),
    (
        INDEX,
        ("7c8ef6bea0319fa4,", "2873197641ac1a37,"),
        "{raw}/index/index_image_to_landmark.csv:5: image 2873197641ac1a37 appears twice, first "
        "on line 2; expected each once, keep one of the lines",
    ),
    (
        TRAIN_CATEGORIES,
        ("http://commons.wikimedia.org/wiki/Category:Temple", "http://example.org/Temple"),
        "{raw}/train/train_label_to_category.csv:6: category is not an address that starts with "
        "http://commons.wikimedia.org/wiki/Category:; fix the line",
    ),
    (
        "country_info/BR.json",
        ("Temple_of_Heaven", "Temple_of_Hell"),
        "{raw}/train/train_label_to_category.csv: category Temple_of_Heaven of landmark 12477 is "
        "in no country file of {raw}/country_info (1 such); add it to one, such as OTHER.json",
    ),
    (
        "country_info/continent_codes.csv",
        (",BR,", ",XX,"),
        "{raw}/country_info/continent_codes.csv: no continent for BR; add a line with "
        "Continent_Name and Two_Letter_Country_Code for each",
    ),
    (
        "country_info/BR.json",
        ('{"name"', '{"title"'),
        "{raw}/country_info/BR.json: [0].name: missing, expected a string; download the file again",
    ),
    (
        "country_info/BR.json",
        ("[", "[3, "),
        "{raw}/country_info/BR.json: [0]: expected an object, got 3; download the file again",
    ),
    (
        "country_info/country_codes.json",
        ('"BR"', '"../BR"'),
        "{raw}/country_info/country_codes.json: code '../BR', expected letters, such as DE; "
        "download the file again",
    ),
    (
        "country_info/country_codes.json",
        ("[", "3"),
        "{raw}/country_info/country_codes.json: not JSON: Extra data: line 1 column 2 (char 1); "
        "download the file again",
    ),
    (
        SOLUTION,
        ("df770fdc7090d431", "ffffffffffffffff"),
        "{raw}/test/retrieval_solution_v2.1.csv:4: index image ffffffffffffffff is not in "
        "{raw}/index/index_image_to_landmark.csv; expected both files from the same release",
    ),
    (
        SOLUTION,
        (",Public", ",Secret"),
        "{raw}/test/retrieval_solution_v2.1.csv:2: Usage is 'Secret', expected Public, Private or "
        "Ignored",
    ),
    (
        SOLUTION,
        ("None,Ignored", "None,Public"),
        "{raw}/test/retrieval_solution_v2.1.csv:3: images is 'None'; expected ids separated by one "
        "space, or Ignored in the column Usage",
    ),
    (
        SOLUTION,
        ("66bb13b1a9700831,", "284a168bf0a9fd18,"),
        "{raw}/test/retrieval_solution_v2.1.csv:16: id '284a168bf0a9fd18' appears twice, "
        "first on line 2; expected each once, keep one of the lines",
    ),
    (
        TRAIN,
        ("c7f1536f12435c66,", '"",'),
        "{raw}/train/train.csv:3: id is '', expected letters and digits, as in Google's ids; "
        "download the file again",
    ),
    (
        TRAIN,
        ("c7f1536f12435c66,", "../x,"),
        "{raw}/train/train.csv:3: id is '../x', expected letters and digits, as in Google's ids; "
        "download the file again",
    ),
    (
        SOLUTION,
        ("66bb13b1a9700831,", "a/b,"),
        "{raw}/test/retrieval_solution_v2.1.csv:16: id is 'a/b', expected letters and digits, as "
        "in Google's ids; download the file again",
    ),
    (
        SOLUTION,
        ("d5580ee60eb3a83a", " d5580ee60eb3a83a"),
        "{raw}/test/retrieval_solution_v2.1.csv:4: images is 'df770fdc7090d431  d5580ee60eb3a83a "
        "2eaad9e21ee8daa2 6655cc81756835a9 047e3dd1332baf26'; expected ids separated by one space, "
        "or Ignored in the column Usage",
    ),
    (
        "country_info/country_codes.json",
        ("[", "{"),
        "{raw}/country_info/country_codes.json: not JSON: Expecting ':' delimiter: line 1 column "
        "6 (char 5); download the file again",
    ),
]


@pytest.mark.parametrize(("name", "change", "message"), BROKEN)
def test_broken_files_are_named(tree, tmp_path, name, change, message):
    edit(tree / name, *change)
    result = run(["gld-lists", "google", tree, "-o", tmp_path / "lists"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"Error: {message.format(raw=tree)}\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["raw"]


def test_missing_files_are_named(tree, tmp_path):
    with pytest.raises(DataError) as error:
        google_lists(tmp_path / "none")
    assert str(error.value) == (
        f"{tmp_path}/none/train/train.csv: missing; expected the folder that holds train/, index/ "
        "and test/ with the official CSV files"
    )
    (tree / "country_info" / "FR.json").unlink()
    with pytest.raises(DataError) as error:
        google_lists(tree)
    assert str(error.value) == (
        f"{tree}/country_info/FR.json: missing; expected one file per code of country_codes.json"
    )


def refusal(tree: Path) -> str:
    with pytest.raises(DataError) as error:
        google_lists(tree)
    return str(error.value)


@pytest.mark.parametrize("row", ["c7f1536f12435c66", "c7f1536f12435c66,http://x/y.jpg"])
def test_a_row_with_missing_cells_is_named(tree, row):
    path = tree / TRAIN
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:2], row, *lines[3:], ""]))
    assert refusal(tree) == (
        f"{path}:3: landmark_id is empty, expected a value; download the file again"
    )
