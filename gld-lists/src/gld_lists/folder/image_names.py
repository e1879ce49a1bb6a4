"""Names of image files that a list, UTF-8 text with tabs between cells, cannot hold."""

import re
from collections.abc import Sequence
from pathlib import Path

from gld_shared.errors import DataError, first_few
from gld_shared.text_encoding import is_utf8, shown

_BREAK = re.compile("[\t\n\r]")


def why_not_listed(path: str) -> str | None:
    """Return why a list cannot hold a path; None if it can."""
    if not is_utf8(path):
        return "the name is not UTF-8, as a list must be; rename it"
    if _BREAK.search(path):
        return "the name holds a tab or a line break, which a list cannot; rename it"
    return None


def refuse_names(folder: Path, paths: Sequence[str], remedy: str = "rename them") -> None:
    """Raise DataError naming the paths in ``folder`` that a list cannot hold, if there are any."""
    bad = [shown(path) for path in paths if why_not_listed(path)]
    if bad:
        raise DataError(
            f"{folder}: names that a list cannot hold, since they are not UTF-8 or hold a tab or a "
            f"line break: {first_few(bad)}; {remedy}"
        )
