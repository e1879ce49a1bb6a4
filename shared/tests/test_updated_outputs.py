"""Outputs that a command reads too, such as a file that it extends."""

import click
import pytest
from click.testing import CliRunner
from gld_shared import command
from gld_shared.command.path_types import InputPath, OutputPath
from gld_shared.provenance import PlainFile


@command.tool("gld-search")
@click.argument("source", type=InputPath())
@click.option("--kept", type=OutputPath(is_read_too=True))
@click.option("--written", type=OutputPath())
@command.output_option()
def update(source, kept, written, output):
    """Record what the command read: its source, and the file that it keeps or writes."""
    read = [PlainFile(source, "1"), PlainFile(kept or written, "2")]
    print(*(entry["path"] for entry in command.history_for(*read)[-1]["inputs"]))


def run(*arguments):
    result = CliRunner().invoke(update, arguments)
    return result.exit_code, result.stdout or result.stderr


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("source", "file"):
        (tmp_path / name).write_text(name)


def test_a_file_that_is_kept_may_be_read():
    assert run("source", "--kept", "file") == (0, "source file\n")


def test_any_other_output_is_not_read():
    assert run("source", "--written", "file") == (
        1,
        "Error: file: is also read, and would be overwritten; name another output\n",
    )


def test_a_file_that_is_kept_is_no_other_input_and_no_other_output():
    assert run("file", "--kept", "file") == (
        1,
        "Error: file: is also read as SOURCE, and would be overwritten; name another output\n",
    )
    assert run("source", "--kept", "file", "-o", "file") == (
        1,
        "Error: file: is both --kept and -o; give each a name of its own\n",
    )
