"""UTF-8, the encoding of all text files and names: byte order marks, UTF-16, other names."""

import codecs
import re
from collections.abc import Iterable

from gld_shared.errors import DataError, first_few

# UTF-32 first, because its little-endian mark begins with that of UTF-16.
_OTHER_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
# Printable ASCII is decided here, the rest character by character.
_UNSEEN = re.compile(r"[^ -~]")
_LONGEST_WORD, _LONGEST_MESSAGE = 200, 2000
_LONG_WORD = re.compile(rf"\S{{{_LONGEST_WORD + 1},}}")
_NOT_TEXT = {
    b"BZh": "compressed by bzip2",
    b"\xfd7zXZ\x00": "compressed by xz",
    b"PK\x03\x04": "a zip archive or a spreadsheet",
}


def without_mark(text: bytes, name: str) -> bytes:
    """Return text, or its first line, without the byte order mark that some editors write.

    ``name`` is for messages. Raises DataError for UTF-16, UTF-32, and for files that are not text.
    """
    if encoding := _other_encoding(text):
        raise DataError(
            f"{name}: {encoding} text, expected UTF-8; "
            f"save it as UTF-8, or convert it with iconv -f {encoding} -t UTF-8"
        )
    for start, kind in _NOT_TEXT.items():
        if text.startswith(start):
            raise DataError(f"{name}: {kind}, expected UTF-8 text; unpack it, or save it as text")
    return text.removeprefix(codecs.BOM_UTF8)


def refuse_old_line_ends(text: bytes, name: str, line: int) -> None:
    """Raise DataError where lines end in a carriage return alone, or in two before the newline.

    Of the former, many look like one line; the latter would become a part of the last cell.
    """
    first = text[: text.find(b"\n")] if b"\n" in text else text
    if b"\r" in first.rstrip(b"\r"):
        raise DataError(
            f"{name}:{line}: the lines end in a carriage return alone, as on early Macs, expected "
            "a newline; save it with Unix line ends, or convert it with tr '\\r' '\\n'"
        )
    if first.endswith(b"\r\r"):
        raise DataError(
            f"{name}:{line}: the lines end in two carriage returns, as after two conversions to "
            "Windows line ends; save it with Unix line ends, or convert it with tr -d '\\r'"
        )


def refuse_inner_returns(text: bytes, name: str, line: int) -> None:
    """Raise DataError for a carriage return within a line, which a parser would drop.

    The first of the lines has the number ``line``.
    """
    if text.count(b"\r") == text.count(b"\r\n"):
        return
    for number, each in enumerate(text.split(b"\n"), start=line):
        if b"\r" in each.removesuffix(b"\r"):
            raise DataError(
                f"{name}:{number}: a carriage return within the line, expected one before a "
                "newline or none; rename what holds it, or delete it with tr -d '\\r'"
            )


def _other_encoding(text: bytes) -> str | None:
    for mark, encoding in _OTHER_MARKS.items():
        if text.startswith(mark):
            return encoding
    # Without a mark, one byte of the first ASCII character is 0.
    if text[:2].count(0) == 1:
        return "UTF-16BE" if text[0] == 0 else "UTF-16LE"
    return None


def is_utf8(name: str) -> bool:
    """Return whether a name from the system or the command line is UTF-8.

    Python holds any other byte as a surrogate, which no text file can hold.
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(text: str) -> str:
    r"""Return text with escapes, such as ``\xe9`` and ``\u202e``, for what a reader cannot see.

    Escaped are bytes that are not UTF-8, lone surrogates, control characters, line separators, and
    characters that have no width or change the direction of others: all that are not printable.
    """
    return text if text.isprintable() else _UNSEEN.sub(_escaped, text)


def shown_message(text: str) -> str:
    """Return a message as one line: ``shown``, its long words and itself shortened in the middle.

    A word has at most 200 characters, a message 2,000.
    """
    words = _LONG_WORD.sub(lambda word: shortened(word[0], _LONGEST_WORD), shown(text))
    return shortened(words, _LONGEST_MESSAGE)


def shortened(text: str, longest: int) -> str:
    """Return text of at most ``longest`` characters, with an ellipsis for those in the middle."""
    if len(text) <= longest:
        return text
    end = (longest - 1) // 2
    return f"{text[: longest - 1 - end]}…{text[len(text) - end :]}"


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    if character.isprintable():
        return character
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"  # a byte that is not UTF-8
    return character.encode("unicode_escape").decode()


def refuse_other_names(names: Iterable[str]) -> None:
    """Raise DataError for names that are not UTF-8, which no output could record."""
    others = (name for name in dict.fromkeys(names) if not is_utf8(name))
    bad = [shown(shortened(name, 60)) for name in others]
    if bad:
        raise DataError(
            f"{first_few(bad)}: not UTF-8, as all names must be; rename it, or name it by a link "
            "whose name is UTF-8"
        )
