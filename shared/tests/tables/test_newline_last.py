"""A table that its writer could not finish ends without a newline, so that no reader takes it."""

import io

import polars as pl
import pytest
from gld_shared.errors import DataError
from gld_shared.tables import NEIGHBOURS, read_neighbours, write_table
from gld_shared.tables.newline_last import newline_last
from hypothesis import given
from hypothesis import strategies as st


@given(st.lists(st.text("a\n").map(str.encode)), st.booleans())
def test_the_text_is_that_which_is_written_and_its_last_newline_comes_last(parts, as_views):
    stream, text = io.BytesIO(), b"".join(parts)
    with newline_last(stream) as held:
        for part in parts:
            assert held.write(memoryview(part) if as_views else part) == len(part)
        assert stream.getvalue() == text.removesuffix(b"\n")
    assert stream.getvalue() == text


def blocks(count):
    """Yield a block for each of some queries, and fail."""
    for query in range(count):
        yield pl.DataFrame(
            {"query_id": [str(query)], "index_id": ["x"], "rank": [1], "score": [0.5]},
            schema=dict(NEIGHBOURS.columns),
        )
    raise DataError("a store is damaged")


@pytest.mark.parametrize(
    ("count", "message"),
    [
        (0, "2: no column names; the file is cut short"),
        (1, "3: no newline at its end; the file is cut short"),
        (2, "4: no newline at its end; the file is cut short"),
    ],
)
def test_a_table_whose_writer_failed_is_refused(tmp_path, capfdbinary, count, message):
    with pytest.raises(DataError, match="a store is damaged"):
        write_table("-", NEIGHBOURS, blocks(count), {})
    (tmp_path / "n.tsv").write_bytes(capfdbinary.readouterr().out)
    with pytest.raises(DataError) as refused:
        read_neighbours(tmp_path / "n.tsv")
    assert str(refused.value) == f"{tmp_path / 'n.tsv'}:{message}"
