"""A table that its writer could not finish ends without a newline, so that no reader takes it."""

import io
import subprocess
import sys

import polars as pl
import pytest
from gld_shared.errors import DataError
from gld_shared.tables import NEIGHBOURS, read_neighbours, write_table
from gld_shared.tables.newline_last import NewlineLast, newline_last
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


class Pieces(io.RawIOBase):
    """A stream that keeps each piece that is written at once."""

    def __init__(self):
        self.pieces = []

    def writable(self):
        return True

    def write(self, piece):
        self.pieces.append(bytes(piece))
        return len(piece)


LINES = st.lists(st.text("ab", min_size=1, max_size=9), max_size=30)


@given(st.lists(LINES, max_size=4), st.integers(3, 20), st.booleans())
def test_no_piece_but_the_last_ends_with_a_newline(parts, at_once, as_views):
    stream = Pieces()
    buffered = io.BufferedWriter(stream)
    texts = ["".join(f"{line}\n" for line in lines).encode() for lines in parts]
    held = NewlineLast(buffered, at_once)
    for text in texts:
        held.write(memoryview(text) if as_views else text)
    assert not any(piece.endswith(b"\n") for piece in stream.pieces)
    held.finish()
    buffered.flush()
    assert b"".join(stream.pieces) == b"".join(texts)
    assert all(len(piece) <= at_once for piece in stream.pieces)


WRITER = """
import polars as pl
from gld_shared.tables import NEIGHBOURS, write_table
rows = pl.DataFrame(
    {"query_id": ["q"], "index_id": ["image"], "rank": [1], "score": [0.5]},
    schema=dict(NEIGHBOURS.columns),
)
write_table("-", NEIGHBOURS, rows.select(pl.all().repeat_by(100_000).explode()), {})
"""


def test_what_a_killed_writer_leaves_in_a_pipe_has_no_newline_at_its_end():
    with subprocess.Popen([sys.executable, "-c", WRITER], stdout=subprocess.PIPE) as writer:
        text = writer.stdout.read(100_000)
        writer.kill()
        text += writer.stdout.read()
    assert 100_000 < len(text) < 1_000_000
    assert not text.endswith(b"\n")


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
