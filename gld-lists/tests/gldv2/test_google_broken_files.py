"""gld-lists google with official files that a download or an edit has broken."""

import codecs
import gzip
import os
from pathlib import Path

import numcodecs.zstd
import pytest
from gld_lists.gldv2.csv_files import read_columns
from gld_lists.gldv2.google import google_lists
from gld_shared.errors import DataError
from gld_shared.testing import run
from hypothesis import given
from hypothesis import strategies as st


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


TRAIN, CLEAN = "train/train.csv", "train/train_clean.csv"
CATEGORIES = "train/train_label_to_category.csv"
INDEX_CATEGORIES = "index/index_label_to_category.csv"
INDEX, SOLUTION = "index/index_image_to_landmark.csv", "test/retrieval_solution_v2.1.csv"
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
        CATEGORIES,
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
        CATEGORIES,
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


def test_an_empty_file_is_named(tree):
    (tree / CLEAN).write_bytes(b"")
    assert refusal(tree) == (
        f"{tree / CLEAN}: empty, expected landmark_id,images; download the file again"
    )


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
@pytest.mark.parametrize("name", [TRAIN, CLEAN, CATEGORIES, INDEX, SOLUTION])
def test_text_that_is_not_utf_8_is_named(tree, name, suffix):
    path = tree / name
    lines = path.read_bytes().split(b"\n")
    lines[3] = lines[3].replace(b",", b"\xe9,", 1)
    path.write_bytes(b"\n".join(lines))
    compress(path, suffix)
    assert refusal(tree) == f"{path}{suffix}:4: not UTF-8 text; download the file again"


@pytest.mark.parametrize("name", [TRAIN, CLEAN, CATEGORIES, INDEX, SOLUTION])
def test_a_byte_order_mark_changes_nothing(tree, name):
    expected = google_lists(tree)
    path = tree / name
    path.write_bytes(codecs.BOM_UTF8 + path.read_bytes())
    assert all(rows.equals(expected[table]) for table, rows in google_lists(tree).items())


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
@pytest.mark.parametrize("encoding", ["UTF-16", "UTF-16LE"])
@pytest.mark.parametrize("name", [TRAIN, CLEAN, CATEGORIES, INDEX, SOLUTION])
def test_utf_16_is_named_with_the_remedy(tree, name, encoding, suffix):
    path = tree / name
    path.write_text(path.read_text(), encoding=encoding)
    compress(path, suffix)
    assert refusal(tree) == (
        f"{path}{suffix}: {encoding} text, expected UTF-8; "
        f"save it as UTF-8, or convert it with iconv -f {encoding} -t UTF-8"
    )


@pytest.mark.parametrize("name", [TRAIN, CLEAN, CATEGORIES, INDEX, SOLUTION])
def test_a_huge_file_of_zeros_is_named_at_once(tree, name):
    with (tree / name).open("wb") as stream:
        stream.truncate(200 << 30)
    line = (
        f"{tree / name}:1: holds a zero byte, expected text; the file is damaged, "
        "download the file again"
    )
    assert refusal(tree) == line
    result = run(["gld-lists", "google", tree, "-o", tree / "lists"])  # it hashes the inputs, too
    assert (result.exit_code, result.stderr) == (1, f"Error: {line}\n")


@pytest.mark.parametrize(("name", "kind"), [("BR.json", "JSON"), ("continent_codes.csv", "CSV")])
def test_a_huge_country_file_is_named_at_once(tree, name, kind):
    path = tree / "country_info" / name
    with path.open("r+b") as stream:
        stream.truncate(20_000_000_000)
    result = run(["gld-lists", "google", tree, "-o", tree / "lists"])
    assert (result.exit_code, result.stderr) == (
        1, f"Error: {path}: 20,000,000,000 bytes of {kind}, expected at most 67,108,864; "
        "download the file again\n"
    )  # fmt: skip


def test_a_pipe_in_place_of_a_country_file_is_named(tree):
    path = tree / "country_info" / "BR.json"
    path.unlink()
    os.mkfifo(path)
    assert refusal(tree) == (
        f"{path}: a named pipe, expected a regular file; download the file again"
    )


def test_lines_that_end_in_a_carriage_return_alone_are_named(tree):
    path = tree / TRAIN
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r"))
    assert refusal(tree) == (
        f"{path}:1: the lines end in a carriage return alone, as on early Macs, expected a "
        "newline; save it with Unix line ends, or convert it with tr '\\r' '\\n'"
    )


ROWS = b"id,url,landmark_id\n" + b"".join(b"%d,http://x/%d.jpg,%d\n" % (n, n, n) for n in range(9))


@given(st.integers(0, len(ROWS)), st.integers(0, 30), st.binary(max_size=3))
def test_the_error_for_any_damage_names_the_file(tmp_path_factory, place, length, put):
    path = tmp_path_factory.mktemp("damage") / "train.csv"
    path.write_bytes(ROWS[:place] + put + ROWS[place + length :])
    try:
        read_columns(path, ["id", "landmark_id"], integers=["landmark_id"])
    except DataError as error:
        assert str(error).startswith(f"{path}:")


COMPRESS = {"": bytes, ".gz": gzip.compress, ".zst": numcodecs.zstd.compress}


def compress(path: Path, suffix: str, cut: int = 0) -> Path:
    """Compress a file, cut bytes off its end, and add the suffix."""
    data = COMPRESS[suffix](path.read_bytes())
    path.unlink()
    packed = path.with_name(path.name + suffix)
    packed.write_bytes(data[: len(data) - cut])
    return packed


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_compressed_files_give_the_same_lists(tree, suffix):
    plain = google_lists(tree)
    for path in sorted(tree.rglob("*.csv")):
        compress(path, suffix)
    compressed = google_lists(tree)
    assert compressed.keys() == plain.keys()
    assert all(rows.equals(plain[name]) for name, rows in compressed.items())


@pytest.mark.parametrize("name", [TRAIN, CLEAN, CATEGORIES, INDEX, INDEX_CATEGORIES, SOLUTION])
def test_a_file_cut_anywhere_in_its_last_line_is_named(tree, name):
    path = tree / name
    whole = path.read_bytes()
    start = whole.rstrip().rindex(b"\n") + 1
    for end in range(start + 1, len(whole)):
        path.write_bytes(whole[:end])
        assert refusal(tree).startswith(f"{path}:"), whole[start:end]


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_a_last_line_without_a_newline_may_be_cut(tree, suffix):
    path = tree / CLEAN
    text = path.read_text()
    path.write_text(text[: text.rindex(" ")])  # without the last image of the last landmark
    compress(path, suffix)
    assert refusal(tree) == (
        f"{path}{suffix}:{text.count(chr(10))}: no newline at its end, so the file may be cut "
        "short; download the file again, or end the line if it is whole"
    )


@pytest.mark.parametrize("name", [TRAIN, CLEAN, CATEGORIES, INDEX, SOLUTION])
@pytest.mark.parametrize("cut", [4, 300])
@pytest.mark.parametrize(
    ("suffix", "reason"), [(".gz", "unexpected end of file"), (".zst", "incomplete frame")]
)
def test_a_truncated_compressed_file_is_named(tree, name, cut, suffix, reason):
    path = compress(tree / name, suffix, cut)
    assert refusal(tree) == f"{path}: cannot be unpacked: {reason}; download the file again"
