"""Values that readers tend to mistake: numbers at their limits, odd text, odd paths."""

from random import Random

NUMBERS = (
    *("nan", "inf", "-inf", "-nan", "1e309", "-1e309", "1e-400", "-0", "0", "-1", "1", "1.5"),
    *("2147483648", "4294967296", "9223372036854775807", "9223372036854775808", "-9" + "9" * 20),
    *("18446744073709551616", "9" * 21, "1" * 5000, "0x10", "1_000", "١٢", "1e5", "+1", " 1"),
)
TEXTS = (
    *("", " ", "\t", "\n", "\r", "a\rb", "\0", "a\0b", "\x1b[31mred\x1b[0m", "\x1b]0;title\x07"),
    *("\x7f", "\x85", "\x9b1m", "\u202eevil", "\u2066x\u2069", "\u200b", "\ufeff", "\u2028x"),
    *("#", '"', "'", "\\", "{}", "%s%n", "{0}", "null", "é", "e\u0301", "中文", "🏛", "x" * 20_000),
)
PATHS = (
    *("/", ".", "..", "../x", "/dev/zero", "/dev/null/x", "a/../../x", "//x", "./x", "x/"),
    *("~", "C:\\x", "file:///x", "http://[::1", "\0", "x" * 300, "/".join("d" * 3000), "-"),
)
# Bytes that are not UTF-8: a lone continuation, a surrogate, an overlong NUL, a cut sequence.
NOT_UTF_8 = (b"\x80", b"\xed\xa0\x80", b"\xc0\x80", b"\xf0\x9f", b"\xff\xfe", b"\xfe\xff\0x")


def extreme_text(random: Random) -> str:
    """Return a number, a text or a path."""
    return random.choice(random.choice((NUMBERS, TEXTS, PATHS)))


def extreme_bytes(random: Random) -> bytes:
    """Return the UTF-8 of an extreme text, or bytes that are not UTF-8."""
    if random.random() < 0.1:
        return random.choice(NOT_UTF_8)
    return extreme_text(random).encode()
