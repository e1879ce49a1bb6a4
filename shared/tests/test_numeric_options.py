"""Every option of every command that takes a number has bounds, and refuses all others."""

from collections.abc import Iterator
from importlib.metadata import entry_points

import click
import pytest
from gld_shared.command.number_types import FiniteFloat
from gld_shared.testing import TOOLS, run

NUMBERS = (click.types.IntParamType, click.types.FloatParamType)
Found = tuple[list[str], click.Option]


def commands_of(tool: str) -> Iterator[tuple[list[str], click.Command]]:
    """Yield a tool's commands, each with its command line."""
    (script,) = entry_points(group="console_scripts", name=tool)
    command = script.load()
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield [tool, name], inner
    yield [tool], command


def numeric_options() -> list[Found]:
    return [
        (line, parameter)
        for tool in TOOLS
        for line, command in commands_of(tool)
        for parameter in command.params
        if isinstance(parameter, click.Option)
        and isinstance(parameter.type, NUMBERS)
        and not parameter.count
    ]


def name_of(value: object) -> str:
    return " ".join(value) if isinstance(value, list) else getattr(value, "name", str(value))


OPTIONS = numeric_options()


def test_the_options_that_take_a_number():
    names = {(*line, option.opts[-1]) for line, option in OPTIONS}
    assert {
        ("gld-search", "--neighbours"),
        ("gld-rerank", "landmark", "--beta"),
        ("gld-train", "train", "--seed"),
        ("gld-lists", "split", "--held-out"),
        ("gld-embed", "--batch"),
    } <= names
    assert len(names) > 30


@pytest.mark.parametrize(("line", "option"), OPTIONS, ids=name_of)
def test_every_number_has_both_bounds(line, option):
    assert isinstance(option.type, click.IntRange | FiniteFloat)
    assert option.type.min is not None
    assert option.type.max is not None


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "1" + 21 * "0"])
@pytest.mark.parametrize(("line", "option"), OPTIONS, ids=name_of)
def test_numbers_beyond_the_bounds_are_usage_errors_that_name_the_option(line, option, value):
    result = run([*line, f"{option.opts[-1]}={value}"])
    hint = " / ".join(f"'{name}'" for name in option.opts)
    last = result.stderr.splitlines()[-1]
    assert (result.exit_code, result.stdout) == (2, "")
    assert last.startswith(f"Error: Invalid value for {hint}: ")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("gld-rerank expand --alpha nan", "'--alpha': nan is not a finite number."),
        ("gld-rerank expand --alpha inf", "'--alpha': inf is not in the range 0<=x<=1000."),
        ("gld-lists sample --share nan", "'--share': nan is not a finite number."),
        ("gld-lists split --held-out NaN", "'--held-out': NaN is not a finite number."),
        (
            "gld-search -k 100000000000000000000",
            "'-k' / '--neighbours': 100000000000000000000 is not in the range 1<=x<=1000000000.",
        ),
        (
            "gld-train train --seed -1",
            "'--seed': -1 is not in the range 0<=x<=9223372036854775807.",
        ),
    ],
)
def test_the_message_names_option_value_and_bounds(line, fault):
    result = run(line.split())
    assert result.stderr.splitlines()[-1] == f"Error: Invalid value for {fault}"
