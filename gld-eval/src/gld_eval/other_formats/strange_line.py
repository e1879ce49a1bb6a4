"""First lines that no format begins with, and what they lack."""

from codecs import BOM_UTF8
from collections.abc import Collection, Sequence

from gld_shared.tables import Kind
from gld_shared.text_encoding import shortened

from gld_eval.other_formats.first_line import Format, lacks

_LONGEST = 60


def is_strange(line: bytes, kinds: Sequence[Kind]) -> bool:
    """Return whether a first line is text, but without the name of any column of gld's kinds.

    All else is for the parser of tables, which knows what is wrong with it.
    """
    text = line.removeprefix(BOM_UTF8)
    try:
        cells = text.decode().rstrip("\r\n").split("\t")
    except UnicodeDecodeError:
        return False
    if text.startswith(b"#") or text.isspace() or not all(cell.isprintable() for cell in cells):
        return False
    known = {column for kind in kinds for column in kind.columns}
    return text != b"" and not any(cell.strip().lower() in known for cell in cells)


def what_it_lacks(line: bytes, forms: Collection[Format], kinds: Sequence[Kind]) -> str:
    """Return a message: the first line, and what each format that was tried needs."""
    columns = " or ".join(" ".join(kind.required) for kind in kinds)
    needs = [f"a table of gld needs the columns {columns}, separated by tabs"]
    needs += [f"{form.value} {lacks(line, form)}" for form in forms]
    shown = shortened(line.removeprefix(BOM_UTF8).decode().strip(), _LONGEST)
    return f"no format begins with {shown!r}: {'; '.join(needs)}"
