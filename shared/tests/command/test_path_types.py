"""The types of options that take a path."""

import click
import pytest
from gld_shared.command.path_types import InputPath, OutputPath
from gld_shared.testing import run


@pytest.mark.parametrize(
    "kind",
    [
        InputPath(),
        InputPath(allow_dash=True),
        OutputPath(),
        OutputPath(is_text=True, allow_dash=True),
        OutputPath(is_folder=True),
        OutputPath(is_read_too=True),
    ],
)
def test_an_empty_name_is_not_the_working_folder(kind):
    with pytest.raises(click.BadParameter) as caught:
        kind.convert("", None, None)
    assert caught.value.message == (
        "the name is empty; the variable that it comes from may be unset."
    )
    assert kind.convert(".", None, None) == "."


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["gld-search", "q.zarr", "--index", ""], "--index"),
        (["gld-search", "", "--index", "i.zarr"], "[QUERIES]..."),
        (["gld-search", "q.zarr", "--index", "i.zarr", "--index-file", ""], "--index-file"),
        (["gld-eval", "n.tsv", "--truth", "t.tsv", "-o", ""], "-o' / '--output"),
    ],
)
def test_a_command_names_the_option_that_is_empty(arguments, name):
    result = run(arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1] == (
        f"Error: Invalid value for '{name}': the name is empty; the variable that it comes from "
        "may be unset."
    )
