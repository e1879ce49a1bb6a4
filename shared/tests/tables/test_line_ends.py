"""Line ends of other systems: accepted before a newline, named anywhere else."""

import pytest
from gld_shared import tables
from gld_shared.errors import DataError


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"id\tpath\r\r\na\ta.jpg\r\r\n", 1),
        (b'#{"format": "gld-list/1"}\nid\tpath\r\r\na\ta.jpg\r\r\n', 2),
        (b'#{"format": "gld-list/1"}\r\r\nid\tpath\r\r\na\ta.jpg\r\r\n', 1),
    ],
)
def test_lines_that_end_in_two_carriage_returns_are_named(tmp_path, text, line):
    file = tmp_path / "t.tsv"
    file.write_bytes(text)
    with pytest.raises(DataError) as caught:
        tables.read_list(file)
    assert str(caught.value) == (
        f"{file}:{line}: the lines end in two carriage returns, as after two conversions to "
        "Windows line ends; save it with Unix line ends, or convert it with tr -d '\\r'"
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("id\tpath\rx\ty.jpg\r", 1),
        ('#{"format": "gld-list/1"}\rid\tpath\rx\ty.jpg\r', 1),
        ('#{"format": "gld-list/1"}\nid\tpath\rx\ty.jpg\r', 2),
    ],
)
def test_lines_that_end_in_a_carriage_return_alone_are_named(tmp_path, text, line):
    file = tmp_path / "x.tsv"
    file.write_bytes(text.encode())
    readers = [tables.read_list, tables.read_header] if line == 1 else [tables.read_list]
    for read_any in readers:
        with pytest.raises(DataError) as caught:
            read_any(file)
        assert str(caught.value) == (
            f"{file}:{line}: the lines end in a carriage return alone, as on early Macs, expected "
            "a newline; save it with Unix line ends, or convert it with tr '\\r' '\\n'"
        )


@pytest.mark.parametrize("line", ["a\r\ta.jpg", "a\ta\r.jpg", "\ra\ta.jpg", "a\ta.jpg\r\r"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_carriage_return_within_a_line_is_named(tmp_path, line, end):
    file = tmp_path / "t.tsv"
    file.write_bytes(f"id\tpath{end}x\tx.jpg{end}{line}{end}".encode())
    with pytest.raises(DataError) as caught:
        tables.read_list(file)
    assert str(caught.value) == (
        f"{file}:3: a carriage return within the line, expected one before a newline "
        "or none; rename what holds it, or delete it with tr -d '\\r'"
    )
