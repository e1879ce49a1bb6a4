"""The truth: relevant pairs, a list with landmarks or an official file, told apart by content."""

from pathlib import Path

from gld_shared.files import open_input
from gld_shared.json_parser import MAXIMUM_BYTES
from gld_shared.output_targets import STDIO
from gld_shared.tables import Table, read_truth

from gld_eval.ground_truth.landmark_list import read_landmark_list
from gld_eval.ground_truth.revisitop import read_ground_truth
from gld_eval.other_formats.read import read_other_truth

# The first byte of a pickle since protocol 2, which no text begins with. Older ones are text.
_PICKLE = b"\x80"


def read_any_truth(source: str | Path) -> Table:
    """Read truth from a table, a list, a file of TREC or Kaggle, or a pickle of revisited Oxford.

    The header names the protocol where the content asks for one. Raises DataError naming file and
    place.
    """
    other = read_other_truth(source)
    if other is not None:
        return other
    start = _start(source)
    columns = set(_columns(start))
    if start[:1] == _PICKLE or (len(columns) == 1 and Path(source).suffix == ".pkl"):
        return read_ground_truth(source).truth
    if {b"id", b"path"} <= columns:
        return read_landmark_list(source)
    return read_truth(source)


def _start(source: str | Path) -> bytes:
    """Read the first two lines; none of what can be read once only, such as a pipe."""
    if str(source) == STDIO or not Path(source).is_file():
        return b""
    with open_input(source) as stream:
        return stream.readline(MAXIMUM_BYTES) + stream.readline(MAXIMUM_BYTES)


def _columns(start: bytes) -> list[bytes]:
    lines = [line for line in start.splitlines() if not line.startswith(b"#")]
    return lines[0].split(b"\t") if lines else []
