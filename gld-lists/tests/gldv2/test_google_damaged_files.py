"""gld-lists google with official files that are no text, cut short, compressed, or huge."""

import codecs
import gzip
import os
from pathlib import Path

import numcodecs.zstd
import pytest
from gld_lists.gldv2.csv_files import read_columns
from gld_lists.gldv2.google import google_lists
from gld_lists.gldv2.official_csv import (
    CLEAN,
    INDEX,
    INDEX_CATEGORIES,
    SOLUTION,
    TRAIN,
    TRAIN_CATEGORIES,
)
from gld_shared.errors import DataError
from gld_shared.testing import run
from hypothesis import given
from hypothesis import strategies as st

OFFICIAL = [TRAIN, CLEAN, TRAIN_CATEGORIES, INDEX, SOLUTION]


def refusal(tree: Path) -> str:
    with pytest.raises(DataError) as error:
        google_lists(tree)
    return str(error.value)


def test_an_empty_file_is_named(tree):
    (tree / CLEAN).write_bytes(b"")
    assert refusal(tree) == (
        f"{tree / CLEAN}: empty, expected landmark_id,images; download the file again"
    )


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
@pytest.mark.parametrize("name", OFFICIAL)
def test_text_that_is_not_utf_8_is_named(tree, name, suffix):
    path = tree / name
    lines = path.read_bytes().split(b"\n")
    lines[3] = lines[3].replace(b",", b"\xe9,", 1)
    path.write_bytes(b"\n".join(lines))
    compress(path, suffix)
    assert refusal(tree) == f"{path}{suffix}:4: not UTF-8 text; download the file again"


@pytest.mark.parametrize("name", OFFICIAL)
def test_a_byte_order_mark_changes_nothing(tree, name):
    expected = google_lists(tree)
    path = tree / name
    path.write_bytes(codecs.BOM_UTF8 + path.read_bytes())
    assert all(rows.equals(expected[table]) for table, rows in google_lists(tree).items())


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
@pytest.mark.parametrize("encoding", ["UTF-16", "UTF-16LE"])
@pytest.mark.parametrize("name", OFFICIAL)
def test_utf_16_is_named_with_the_remedy(tree, name, encoding, suffix):
    path = tree / name
    path.write_text(path.read_text(), encoding=encoding)
    compress(path, suffix)
    assert refusal(tree) == (
        f"{path}{suffix}: {encoding} text, expected UTF-8; "
        f"save it as UTF-8, or convert it with iconv -f {encoding} -t UTF-8"
    )


@pytest.mark.parametrize("name", OFFICIAL)
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


@pytest.mark.parametrize(
    "name", [TRAIN, CLEAN, TRAIN_CATEGORIES, INDEX, INDEX_CATEGORIES, SOLUTION]
)
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


@pytest.mark.parametrize("name", OFFICIAL)
@pytest.mark.parametrize("cut", [4, 300])
@pytest.mark.parametrize(
    ("suffix", "reason"), [(".gz", "unexpected end of file"), (".zst", "incomplete frame")]
)
def test_a_truncated_compressed_file_is_named(tree, name, cut, suffix, reason):
    path = compress(tree / name, suffix, cut)
    assert refusal(tree) == f"{path}: cannot be unpacked: {reason}; download the file again"
