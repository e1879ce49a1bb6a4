import polars as pl
import pytest
from gld_shared import tables
from gld_shared.errors import DataError
from gld_shared.provenance import step
from hypothesis import given
from hypothesis import strategies as st

LIST_HEAD = "id\tpath\tlabel\n"
STEP = step("gld-lists", "1", ["folder", "photos"], [])
NEIGHBOURS_HEAD = "query_id\tindex_id\trank\tscore\n"


def read(tmp_path, text, kind=tables.NEIGHBOURS):
    file = tmp_path / "t.tsv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return tables.read_table(file, kind)


def test_list_is_read_by_column_name_and_unknown_columns_are_ignored(tmp_path):
    table = read(
        tmp_path, "colour\tpath\tid\tlabel\nred\ta/x.jpg\tx\t3\nblue\ty.jpg\ty\t\n", tables.LIST
    )
    assert table.rows.rows() == [("x", "a/x.jpg", 3), ("y", "y.jpg", None)]
    assert table.header == {}


def test_header_is_written_and_read_back(tmp_path):
    rows = pl.DataFrame({"id": ["é"], "path": ["ü.jpg"]})
    tables.write_table(tmp_path / "t.tsv", tables.LIST, rows, {"history": [STEP]})
    table = tables.read_list(tmp_path / "t.tsv")
    assert table.header == {"format": "gld-list/1", "history": [STEP]}
    assert table.history == [STEP]
    assert table.rows.rows() == [("é", "ü.jpg")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "{file}: empty"),
        (
            "#{\n",
            "{file}:1: header: not JSON: Expecting property name enclosed in double quotes: line 1 "
            "column 2 (char 1); the table is damaged, copy or make it again",
        ),
        ('#{"format": "x"}\na\n', "{file}:1: format is 'x', expected 'gld-neighbours/1'"),
        (
            '#{"format": "gld-neighbours/1"}\n',
            "{file}:2: no column names; the file is cut short",
        ),
        (
            "query_id\trank\n",
            "{file}:1: missing column index_id, score; a gld-neighbours/1 table has "
            "query_id index_id rank score, separated by tabs",
        ),
        (NEIGHBOURS_HEAD + "a\tx\t1\t.5\na\ty\n", "{file}:3: 2 cells, expected 4"),
        (NEIGHBOURS_HEAD + "a\tx\t1\t.5\t9\n", "{file}:2: 5 cells, expected 4"),
        (
            NEIGHBOURS_HEAD + "a\tx\t1\t.5\na\ty",
            "{file}:3: 2 cells, expected 4; the file is cut short",
        ),
        (
            NEIGHBOURS_HEAD + "a\tx\t1\t0.",
            "{file}:2: no newline at its end; the file is cut short",
        ),
        (NEIGHBOURS_HEAD + "a\tx\t1\tgood\n", "{file}:2: score is 'good', expected a number"),
        (NEIGHBOURS_HEAD + "a\tx\tone\t1\n", "{file}:2: rank is 'one', expected an integer"),
        (
            NEIGHBOURS_HEAD + "a\tx\t2\t1\n",
            "{file}:2: rank is out of order; a query's ranks are 1, 2, 3 and so on",
        ),
        (
            NEIGHBOURS_HEAD + "a\tx\t1\t.5\na\ty\t2\t.6\n",
            "{file}:3: score rises within a query; expected best first",
        ),
        (
            NEIGHBOURS_HEAD + "a\tx\t1\t.5\na\tx\t2\t.4\n",
            "{file}:3: index_id appears twice in this query",
        ),
        (
            NEIGHBOURS_HEAD + "a\tx\t1\t.5\nb\tx\t1\t.4\na\ty\t1\t.4\n",
            "{file}:4: rows of a query are not adjacent; sort them",
        ),
    ],
)
def test_broken_neighbours_are_named_by_file_and_line(tmp_path, text, message):
    with pytest.raises(DataError) as caught:
        read(tmp_path, text)
    expected = message.format(file=tmp_path / "t.tsv", rest="")
    assert str(caught.value).startswith(expected)
    assert "{rest}" in message or str(caught.value) == expected


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("\tx.jpg\t1\n", "id is empty"),
        (
            "x\t../x.jpg\t1\n",
            "path leaves the images folder; expected one relative to --images, without ..",
        ),
        ("x\tx.jpg\t-1\n", "label is negative, expected 0 or more"),
    ],
)
def test_broken_lists_are_named_by_file_and_line(tmp_path, row, message):
    with pytest.raises(DataError) as caught:
        read(tmp_path, LIST_HEAD + row, tables.LIST)
    assert str(caught.value) == f"{tmp_path / 't.tsv'}:2: {message}"


BOX_HEAD = "id\tpath\tx0\ty0\tx1\ty1\n"


def test_boxes_are_read_and_written(tmp_path):
    text = (
        BOX_HEAD
        + "a\ta.jpg\t1.5\t0.0\t20.0\t30.25\nb\tb.jpg\t\t\t\t\na\ta.jpg\t1.5\t0\t20\t30.25\n"
    )
    rows = read(tmp_path, text, tables.LIST).rows
    box = ("a", "a.jpg", 1.5, 0, 20, 30.25)
    assert rows.rows() == [box, ("b", "b.jpg", None, None, None, None), box]
    tables.write_table(tmp_path / "copy.tsv", tables.LIST, rows[:2], {})
    copy = (tmp_path / "copy.tsv").read_text().splitlines(keepends=True)
    assert "".join(copy[1:]) == "".join(text.splitlines(keepends=True)[:3])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "id\tpath\tx0\ty1\na\ta.jpg\t1\t2\n",
            "1: missing column y0, x1; x0 y0 x1 y1 must be present together or not at all",
        ),
        (BOX_HEAD + "a\ta.jpg\t1\tleft\t2\t2\n", "2: y0 is 'left', expected a number"),
        (
            BOX_HEAD + "b\tb.jpg\t\t\t\t\na\ta.jpg\t1\t\t2\t2\n",
            "3: x0 y0 x1 y1 are filled in part, expected all or none",
        ),
        (
            BOX_HEAD + "a\ta.jpg\t-1\t1\t2\t2\n",
            "2: x0 is not a number of pixels, expected 0 or more",
        ),
        (
            BOX_HEAD + "a\ta.jpg\t1\t1\t2\tnan\n",
            "2: y1 is not a number of pixels, expected 0 or more",
        ),
        (
            BOX_HEAD + "a\ta.jpg\t1\t1\tinf\t2\n",
            "2: x1 is not a number of pixels, expected 0 or more",
        ),
        (BOX_HEAD + "a\ta.jpg\t3\t1\t3\t2\n", "2: x0 is not less than x1"),
        (BOX_HEAD + "a\ta.jpg\t3\t2\t4\t1\n", "2: y0 is not less than y1"),
        (
            BOX_HEAD + "a\ta.jpg\t1\t1\t2\t2\nb\tb.jpg\t\t\t\t\na\ta.jpg\t1\t1\t2\t3\n",
            "4: id appears twice with two boxes; give each box an id of its own",
        ),
        (
            BOX_HEAD + "a\ta.jpg\t\t\t\t\na\ta.jpg\t1\t1\t2\t3\n",
            "3: id appears twice with two boxes; give each box an id of its own",
        ),
    ],
)
def test_broken_boxes_are_named_by_file_and_line(tmp_path, text, message):
    with pytest.raises(DataError) as caught:
        read(tmp_path, text, tables.LIST)
    assert str(caught.value) == f"{tmp_path / 't.tsv'}:{message}"


def test_a_zero_byte_is_named_by_line(tmp_path):
    """A path with such a byte cannot be opened; damaged disks leave blocks of zeros in files."""
    with pytest.raises(DataError) as caught:
        read(tmp_path, LIST_HEAD.encode() + b"a\ta.jpg\t\nb\tb\0.jpg\t\n", tables.LIST)
    assert str(caught.value) == (
        f"{tmp_path / 't.tsv'}:3: holds a zero byte, expected text; the file is damaged, copy or "
        "make it again"
    )


@pytest.mark.parametrize(
    ("others", "named"),
    [(0, ""), (1, "; also line 4"), (7, "; also lines 4, 5, 6, 7, 8 and 2 more")],
)
def test_not_utf8_is_named_by_line(tmp_path, others, named):
    bad = b"caf\xe9\tx.jpg\t1\n"
    with pytest.raises(DataError) as caught:
        read(tmp_path, LIST_HEAD.encode() + bad + b"a\ta.jpg\t\n" + bad * others, tables.LIST)
    assert str(caught.value) == (
        f"{tmp_path / 't.tsv'}:2: not UTF-8 text: caf\\xe9{named}; "
        "write the table in UTF-8, and rename files whose names are not"
    )


def test_a_header_with_another_name_is_written_and_read_back(tmp_path):
    """A store made by an older version may have recorded a name that is not UTF-8."""
    header = {"history": [step("gld-embed", "1", ["--images", "caf\udce9/é"], [])]}
    tables.write_table(tmp_path / "t.tsv", tables.LIST, many(1), header)
    assert tables.read_list(tmp_path / "t.tsv").history == header["history"]


def test_missing_file(tmp_path):
    with pytest.raises(DataError) as caught:
        tables.read_list(tmp_path / "none.tsv")
    assert (
        str(caught.value) == f"{tmp_path / 'none.tsv'}: cannot be read: No such file or directory"
    )


def test_tab_in_a_cell_is_refused_and_nothing_is_left(tmp_path):
    rows = pl.DataFrame({"id": ["a\tb"], "path": ["x.jpg"]})
    with pytest.raises(DataError) as caught:
        tables.write_table(tmp_path / "t.tsv", tables.LIST, rows, {})
    assert str(caught.value) == (
        f"{tmp_path / 't.tsv'}: id 'a\\tb' holds a tab or a line break, "
        "which a table cannot; rename it"
    )
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(DataError) as caught:
        tables.write_table("-", tables.LIST, rows, {})
    assert str(caught.value) == (
        "standard output: id 'a\\tb' holds a tab or a line break, which a table cannot; rename it"
    )


def test_blocks_are_written_as_one_table(tmp_path):
    blocks = (pl.DataFrame({"id": [str(i)], "path": [f"{i}.jpg"]}) for i in range(3))
    tables.write_table(tmp_path / "t.tsv", tables.LIST, blocks, {})
    assert tables.read_list(tmp_path / "t.tsv").rows["id"].to_list() == ["0", "1", "2"]


@given(scores=st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1))
def test_a_score_is_read_back_to_the_same_float32(tmp_path_factory, scores):
    folder = tmp_path_factory.mktemp("scores")
    ordered = sorted(scores, reverse=True)
    rows = pl.DataFrame(
        {
            "query_id": ["q"] * len(ordered),
            "index_id": [str(i) for i in range(len(ordered))],
            "rank": pl.Series(range(1, len(ordered) + 1), dtype=pl.Int32),
            "score": pl.Series(ordered, dtype=pl.Float32),
        }
    )
    tables.write_table(folder / "n.tsv", tables.NEIGHBOURS, rows, {})
    assert (
        tables.read_neighbours(folder / "n.tsv").rows["score"].to_list() == rows["score"].to_list()
    )


def test_first_rows_keep_the_lists_order():
    rows = pl.DataFrame({"id": ["b", "a", "b"], "path": ["1", "2", "3"]})
    assert tables.first_rows(rows).rows() == [("b", "1"), ("a", "2")]


def many(rows, path="a.jpg"):
    """A list that is written in several pieces, each shorter than the one before."""
    return pl.DataFrame({"id": [f"x{rows - row}" for row in range(rows)], "path": path})


def test_a_long_table_is_read_back(tmp_path):
    rows = many(45_000)
    tables.write_table(tmp_path / "t.tsv", tables.LIST, rows, {"history": []})
    assert tables.read_list(tmp_path / "t.tsv").rows.equals(rows)


@pytest.mark.parametrize("bad", ["a\tb", "a\nb", "a\rb"])
@pytest.mark.parametrize("row", [0, 44_999])
def test_a_break_in_a_cell_is_refused_wherever_it_is(tmp_path, bad, row):
    rows = many(45_000)
    rows = rows.with_columns(path=pl.Series(["a.jpg"] * row + [bad] + ["b"] * (44_999 - row)))
    with pytest.raises(DataError) as caught:
        tables.write_table(tmp_path / "t.tsv", tables.LIST, rows, {"history": []})
    assert str(caught.value) == (
        f"{tmp_path}/t.tsv: path {bad!r} holds a tab or a line break, which a table cannot; "
        "rename it"
    )
    assert list(tmp_path.iterdir()) == []


def test_other_control_characters_are_allowed_in_a_cell(tmp_path):
    rows = many(3, path="bell\a.jpg")
    tables.write_table(tmp_path / "t.tsv", tables.LIST, rows, {"history": []})
    assert tables.read_list(tmp_path / "t.tsv").rows.equals(rows)


def test_a_table_may_copy_the_rows_of_another(tmp_path):
    rows, header = many(10), {"history": [STEP]}
    whole, first, longer = (tmp_path / f"{name}.tsv" for name in ("whole", "first", "longer"))
    tables.write_table(whole, tables.LIST, rows, header)
    tables.write_table(first, tables.LIST, rows[:4], header)
    tables.write_table(longer, tables.LIST, rows[4:], header, prefix=first)
    assert longer.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("read_any", [tables.read_truth, tables.read_best_neighbours])
def test_a_huge_file_of_zeros_is_not_read(tmp_path, read_any):
    file = tmp_path / "x.tsv"
    with file.open("wb") as stream:
        stream.truncate(20 << 30)  # a hole, which takes no space
    with pytest.raises(DataError) as caught:
        read_any(*([file] if read_any is tables.read_truth else [file, 1]))
    assert str(caught.value) == (
        f"{file}:1: holds a zero byte, expected text; the file is damaged, copy or make it again"
    )
