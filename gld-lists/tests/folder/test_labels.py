"""gld-lists folder --labels: landmarks from a CSV file."""

from unicodedata import normalize

import pytest
from gld_shared.testing import run


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def label(tmp_path, text, *names):
    """Return the rows and the log for a CSV file of this text, whose name becomes LABELS."""
    photos = touch(tmp_path / "photos", *names)
    labels = tmp_path / "labels.csv"
    labels.write_bytes(text if isinstance(text, bytes) else text.encode())
    result = run(["gld-lists", "folder", photos, "--labels", labels])
    rows = [line.split("\t") for line in result.stdout.splitlines()[2:]]
    return rows, result.stderr.replace(str(labels), "LABELS")


@pytest.mark.parametrize(
    "table",
    [
        "path,landmark\nb/2.jpg,Rome\na/1.jpg,Athens\n",
        'landmark,id,note\nRome,b/2,"x, y"\nAthens,a/1,\n',
        b"\xef\xbb\xbfpath,landmark\r\nb/2.jpg,Rome\r\n\r\na/1.jpg,Athens",
        'path,landmark\n"b/2.jpg","Rome"\n"a/1.jpg","Athens"\n"a/1.jpg",Athens\n',
    ],
    ids=["path", "id and more columns", "as Excel writes it", "in quotes"],
)
def test_labels_from_a_file(tmp_path, table):
    rows, log = label(tmp_path, table, "a/1.jpg", "b/2.jpg", "c/3.jpg")
    assert rows == [
        ["a/1", "a/1.jpg", "0", "Athens"],
        ["b/2", "b/2.jpg", "1", "Rome"],
        ["c/3", "c/3.jpg", "", ""],
    ]
    assert log == "gld-lists: LABELS: gives 1 of 3 images no landmark\n"


def test_a_name_with_commas_and_quotes(tmp_path):
    rows, log = label(tmp_path, 'path,landmark\n1.jpg,"Dom ""Sankt Peter"", Köln"\n', "1.jpg")
    assert rows == [["1", "1.jpg", "0", 'Dom "Sankt Peter", Köln']]
    assert log == ""


def test_labels_of_missing_images(tmp_path):
    table = "path,landmark\n1.jpg,Rome\n2.jpg,Rome\n3.jpg,Paris\n"
    rows, log = label(tmp_path, table, "1.jpg")
    assert rows == [["1", "1.jpg", "0", "Rome"]]
    assert log == "gld-lists: LABELS: 2 of 3 images are not in the list, the first: 2.jpg\n"


@pytest.mark.parametrize(("on_disk", "in_table"), [("NFD", "NFC"), ("NFC", "NFD")])
def test_composed_and_decomposed_accents_match(tmp_path, on_disk, in_table):
    name = normalize(on_disk, "Café.jpg")
    table = normalize(in_table, "path,landmark\nCafé.jpg,Rome\n")
    rows, log = label(tmp_path, table, name)
    assert rows == [[name.removesuffix(".jpg"), name, "0", "Rome"]]
    assert log == ""


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            "path,landmark\n1.jpg,Rome\n",
            "LABELS: names none of the images; expected in path values such as a/1.jpg",
        ),
        (
            "file,landmark\na/1.jpg,Rome\n",
            "LABELS:1: columns are file,landmark, expected landmark and either path or id",
        ),
        (
            "path;landmark\na/1.jpg;Rome\n",
            "LABELS:1: columns are path;landmark, expected landmark and either path or id, "
            "separated by commas, not semicolons",
        ),
        (
            "path\tlandmark\na/1.jpg\tRome\n",
            "LABELS:1: columns are path\\tlandmark, expected landmark and either path or id, "
            "separated by commas, not tabs",
        ),
        (
            "path,landmark\na/1.jpg,Rome\na/2.jpg,Paris, France\n",
            "LABELS:3: 3 cells, expected 2; a cell that holds a comma needs quotes",
        ),
        (
            "path,landmark\na/1.jpg\n",
            "LABELS:2: 1 cell, expected 2; a cell that holds a comma needs quotes",
        ),
        (
            "path,landmark\na/1.jpg,Rome\na/1.jpg,Paris\n",
            "LABELS:3: a/1.jpg is 'Paris' here and 'Rome' before; "
            "expected one landmark for each image",
        ),
        ('path,landmark\na/1.jpg,"Rome\n', "LABELS:2: not CSV: unexpected end of data"),
        ("", "LABELS: empty, expected columns landmark and either path or id"),
        ("path,landmark\n", "LABELS: names none of the images; expected in path values such as "
         "a/1.jpg"),
        (
            "path,landmark\na/1.jpg,Café\n".encode("utf-16"),
            "LABELS: UTF-16 text, expected UTF-8; save it as UTF-8, or convert it with "
            "iconv -f UTF-16 -t UTF-8",
        ),
        (b"path,landmark\na/1.jpg,Caf\xe9\n", "LABELS:2: not UTF-8 text; save it as UTF-8"),
    ],
)  # fmt: skip
def test_a_malformed_file_of_labels(tmp_path, table, message):
    assert label(tmp_path, table, "a/1.jpg") == ([], f"Error: {message}\n")
