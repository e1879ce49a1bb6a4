"""Commands whose standard streams the caller has closed, or that nobody reads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = """
import os, sys
from gld_shared import command

@command.tool("gld-search")
@command.input_argument()
@command.output_option()
def main(input, output):
    from gld_shared.files import empty_input, open_input, open_output
    with open_input(input) as source, open_output(output) as target:
        text = source.read()
        if not text:
            raise empty_input(input)
        target.write(text)

main()
"""
CLOSED = (
    "Error: standard output: Bad file descriptor; if it is closed, redirect it "
    "to a file, a pipe or /dev/null\n"
)


def shell(line: str, folder: Path) -> tuple[int, str, str]:
    """Run a shell's line, in which $GLD is a command that copies its input."""
    environment = {**os.environ, "PYTHON": sys.executable, "COMMAND": COMMAND}
    line = f'set -o pipefail; gld() {{ "$PYTHON" -c "$COMMAND" "$@"; }}; {line}'
    done = subprocess.run(
        ["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("gld a <&-", (0, "text", "")),
        ("gld <&-",
         (1, "", "Error: standard input: empty; did the command before it fail? If it wrote to "
          "-o NAME, give NAME to this command instead\n")),
        ("gld a 2>&-", (0, "text", "")),
        ("gld none 2>&-", (1, "", "")),
        ("gld a >&-", (1, "", CLOSED)),
        ("gld a -o b >&- 2>&- <&- && cat b", (0, "text", "")),
        ("gld --help >&-", (1, "", CLOSED)),
        ("gld a >/dev/full",
         (1, "", "Error: standard output: No space left on device; make room "
          "there, or name another place\n")),
        ("gld a -o /dev/full",
         (1, "", "Error: /dev/full: No space left on device; make room there, "
          "or name another place\n")),
        ("gld a -o /dev/null", (0, "", "")),
        ("gld none 2>/dev/full", (1, "", "")),
        ("gld --help | true", (0, "", "")),
        ("gld a | true", (0, "", "")),
        ("(ulimit -f 0; gld a -o b 2>&1) | cat",
         (1, "Error: b: File too large; raise the limit of a file's size "
          "(ulimit -f), or name another file system\n", "")),
        ("(ulimit -v 900000; gld a -o b)",
         (1, "", "Error: the limit of memory is 878 MiB (ulimit -v 900000), expected at least "
          "1,024 MiB for the libraries of gld-search; raise it (ulimit -v 1048576, or "
          "unlimited)\n")),
        ("(ulimit -v 900000; gld --help >b)", (0, "", "")),
    ],
)  # fmt: skip
def test_streams_and_limits(tmp_path, line, expected):
    (tmp_path / "a").write_text("text")
    assert shell(line, tmp_path) == expected
    assert {file.name for file in tmp_path.iterdir()} <= {"a", "b"}
