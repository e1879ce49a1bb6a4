"""The truth: relevant pairs, a list with landmarks or an official file, told apart by content."""

import re
from codecs import BOM_UTF8
from pathlib import Path

from gld_shared.compression import with_start
from gld_shared.files import display_name, open_input
from gld_shared.json_parser import MAXIMUM_BYTES
from gld_shared.tables import LIST, TRUTH, Table, parse_table
from gld_shared.tables.read import read_text

from gld_eval.ground_truth.landmark_list import truth_of_list
from gld_eval.ground_truth.revisitop import parse_ground_truth
from gld_eval.other_formats.read import read_other_truth

# The beginning of a pickled dict: of protocol 2 and later, of 0, and of 1.
_PICKLE = re.compile(rb"\x80|\(d(p\d+)?\n|\}(q.)?\(", re.DOTALL)


def read_any_truth(source: str | Path) -> Table:
    """Read truth from a table, a list, a file of TREC or Kaggle, or a pickle of revisited Oxford.

    ``-`` is standard input, and a pipe will do: the source is read once. The header names the
    protocol where the content asks for one. Raises DataError naming file and place.
    """
    with open_input(source) as opened:
        start = opened.readline(MAXIMUM_BYTES)
        if start.startswith(b"#"):
            start += opened.readline(MAXIMUM_BYTES)
        stream = with_start(start, opened)
        columns = _columns(start)
        if _PICKLE.match(start) or (len(columns) == 1 and Path(source).suffix == ".pkl"):
            return parse_ground_truth(stream, source).truth
        other = read_other_truth(stream, start, source)
        if other is not None:
            return other
        text = read_text(stream, display_name(source))
        if {b"id", b"path"} <= set(columns):
            return truth_of_list(parse_table(text, source, LIST))
        return parse_table(text, source, TRUTH)


def _columns(start: bytes) -> list[bytes]:
    lines = start.removeprefix(BOM_UTF8).splitlines()
    lines = [line for line in lines if not line.startswith(b"#")]
    return lines[0].split(b"\t") if lines else []
