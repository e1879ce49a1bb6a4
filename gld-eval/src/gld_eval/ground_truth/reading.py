"""The truth, from gld's own table or an official file, told apart by content."""

from pathlib import Path

from gld_shared.files import open_input
from gld_shared.output_targets import STDIO
from gld_shared.tables import Table, read_truth

from gld_eval.ground_truth.revisitop import read_ground_truth

# The first byte of a pickle since protocol 2, which no text begins with.
_PICKLE = b"\x80"


def read_any_truth(source: str | Path) -> Table:
    """Read truth from a table, or from a pickle of revisited Oxford and Paris.

    Raises DataError naming file and place.
    """
    return read_ground_truth(source).truth if _is_pickle(source) else read_truth(source)


def _is_pickle(source: str | Path) -> bool:
    if Path(source).suffix in (".pkl", ".pickle"):
        return True
    if str(source) == STDIO or not Path(source).is_file():
        return False
    with open_input(source) as stream:
        return stream.read(1) == _PICKLE
