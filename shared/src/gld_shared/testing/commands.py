"""Running commands in tests: inside this process, or as processes of their own."""

import gc
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import IO, Any

from click.testing import CliRunner, Result

TOOLS = ("gld-lists", "gld-train", "gld-embed", "gld-search", "gld-rerank", "gld-eval")


def run(arguments: Sequence[str | Path], stdin: str | bytes | IO[bytes] = b"") -> Result:
    """Run a command line inside this process: ``run(["gld-eval", "n.tsv", "--truth", "t"])``.

    Garbage is collected as often as before: commands do that seldom, and live shorter than tests.
    """
    name, *rest = (str(argument) for argument in arguments)
    (script,) = entry_points(group="console_scripts", name=name)
    thresholds = gc.get_threshold()
    try:
        return CliRunner().invoke(script.load(), rest, input=stdin)
    finally:
        gc.set_threshold(*thresholds)


def succeeded(
    arguments: Sequence[str | Path], stdin: str | bytes | IO[bytes] = b"", quiet: bool = False
) -> Result:
    """Run a command line that must succeed, if ``quiet`` without a message."""
    result = run(arguments, stdin)
    assert result.exit_code == 0, result.output
    assert not (quiet and result.stderr), result.stderr
    return result


def refused(
    arguments: Sequence[str | Path], stdin: str | bytes | IO[bytes] = b"", code: int = 1
) -> str:
    """Run a command line that must fail with ``code`` and no output; return its messages."""
    result = run(arguments, stdin)
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    return result.stderr


def start(
    arguments: Sequence[str | Path], environment: Mapping[str, str] | None = None, **options: Any
) -> subprocess.Popen[str]:
    """Start a command line as a process of its own, whose output and messages can be read.

    ``environment`` is added to that of this process; ``options`` are those of ``Popen``.
    """
    name, *rest = map(str, arguments)
    return subprocess.Popen(
        [program(name), *rest],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
        **options,
    )


def program(name: str) -> str:
    """Return the path of an installed command, to run it as a process of its own."""
    return str(Path(sys.executable).with_name(name))
