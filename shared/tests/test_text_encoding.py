import codecs

import pytest
from gld_shared import tables
from gld_shared.errors import DataError
from gld_shared.tables import read_header, read_list, stream_neighbours
from gld_shared.text_encoding import is_utf8, shown, without_mark

LIST = '#{"format": "gld-list/1", "history": []}\nid\tpath\ncafé\tcafé.jpg\n'
CAFE = "caf\udce9"  # as Python holds a Latin-1 name on a UTF-8 system


@pytest.mark.parametrize("text", [LIST, LIST.split("\n", 1)[1]])
def test_a_mark_before_a_table_is_dropped(tmp_path, text):
    file = tmp_path / "x.tsv"
    file.write_bytes(codecs.BOM_UTF8 + text.encode())
    assert read_list(file).rows.rows() == [("café", "café.jpg")]
    assert read_header(file).keys() == ({"format", "history"} if text == LIST else set())


def test_a_mark_before_a_stream_of_neighbours_is_dropped(tmp_path):
    file = tmp_path / "n.tsv"
    file.write_text("query_id\tindex_id\trank\tscore\nq\tx\t1\t0.5\n", encoding="utf-8-sig")
    with stream_neighbours(file) as ranked:
        assert [block.rows() for block in ranked.blocks()] == [[("q", "x", 1, 0.5)]]


@pytest.mark.parametrize(
    ("mark", "encoding", "named"),
    [
        (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
        (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
        (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
        (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
        (b"", "utf-16-le", "UTF-16LE"),
        (b"", "utf-16-be", "UTF-16BE"),
    ],
)
@pytest.mark.parametrize("read", [read_list, read_header, tables.read_best_neighbours])
def test_utf_16_and_32_are_named_with_the_remedy(tmp_path, mark, encoding, named, read):
    file = tmp_path / "x.tsv"
    file.write_bytes(mark + LIST.encode(encoding))
    with pytest.raises(DataError) as caught:
        read(*([file, 10] if read is tables.read_best_neighbours else [file]))
    assert str(caught.value) == (
        f"{file}: {named} text, expected UTF-8; "
        f"save it as UTF-8, or convert it with iconv -f {named} -t UTF-8"
    )


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"PK\x03\x04", "a zip archive or a spreadsheet"),
        (b"BZh91AY&SY", "compressed by bzip2"),
        (b"\xfd7zXZ\x00", "compressed by xz"),
    ],
)
def test_files_that_are_no_text_are_named(tmp_path, start, kind):
    file = tmp_path / "x.tsv"
    file.write_bytes(start + bytes(50))
    with pytest.raises(DataError) as caught:
        read_list(file)
    assert str(caught.value) == (
        f"{file}: {kind}, expected UTF-8 text; unpack it, or save it as text"
    )


@pytest.mark.parametrize("text", [b"", b"i", b"id\tpath\n", "é\tpath\n".encode(), bytes(9)])
def test_other_text_is_left_as_it_is(text):
    assert without_mark(text, "x.tsv") == text


@pytest.mark.parametrize(
    ("name", "expected", "text"),
    [
        ("cafe.jpg", True, "cafe.jpg"),
        ("日本/café\\.jpg", True, "日本/café\\.jpg"),
        (f"é/{CAFE}.jpg", False, r"é/caf\xe9.jpg"),
        ("a\tb\n.jpg", True, r"a\tb\n.jpg"),
    ],
)
def test_names(name, expected, text):
    assert is_utf8(name) is expected
    assert shown(name) == text
