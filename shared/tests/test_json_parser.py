import json
import re
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict

import pytest
from gld_shared.errors import DataError
from gld_shared.json_parser import parse_json
from hypothesis import given
from hypothesis import strategies as st

INTEGERS = st.integers(-(2**63), 2**64 - 1)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
PLAIN = st.recursive(
    st.none() | st.booleans() | INTEGERS | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda below: st.lists(below) | st.dictionaries(TEXTS, below),
)


SOURCES = Path(__file__).parents[2]


class File(TypedDict):
    path: str


class Step(TypedDict):
    tool: str
    arguments: list[str]
    inputs: list[File]


class Header(TypedDict):
    history: NotRequired[list[Step]]
    kind: NotRequired[Literal["list", "truth"]]
    label: NotRequired[int | None]
    metrics: NotRequired[dict[str, float]]
    boxes: NotRequired[list[list[float]]]


def parse(text: str | bytes) -> Header:
    return parse_json(text, "a.tsv:1: header", Header, "write it again")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "not JSON: Expecting value: line 1 column 1 (char 0)"),
        ("{} {}", "not JSON: Extra data: line 1 column 4 (char 3)"),
        (b'{"kind": "\xff"}', "not JSON: 'utf-8' codec can't decode byte 0xff in position 10: "
         "invalid start byte"),
        ('{"a": 1, "b": {"c": 1, "c": 1}}', 'key "c" appears twice in an object'),
        ('{"a": NaN}', "holds NaN, expected a finite number"),
        ('{"a": -Infinity}', "holds -Infinity, expected a finite number"),
        ('{"a": 1e999}', "holds the number 1e999, expected at most 64 bits"),
        ('{"a": 18446744073709551616}',
         "holds the integer 18446744073709551616, expected at most 64 bits"),
        ('{"a": ' + "9" * 10_000 + "}",
         "holds the integer 99999999999999999999..., expected at most 64 bits"),
        ("[" * 101 + "]" * 101, "JSON nested more than 100 deep"),
        ('{"a":' * 10_000, "JSON nested more than 100 deep"),
        (r'{"a": [1, "\ud800"]}', "a[1]: holds a zero byte or half a character, expected text"),
        (r'{"a b\u0000": 1}',
         r'["a b\u0000"]: holds a zero byte or half a character, expected text'),
        ("[1]", "expected an object, got a list of 1"),
        ('{"history": 3}', "history: expected a list of objects, got 3"),
        ('{"history": [{"tool": "t", "arguments": [], "inputs": 3}]}',
         "history[0].inputs: expected a list of objects, got 3"),
        ('{"history": [{"tool": "t", "arguments": ["a", 3], "inputs": []}]}',
         "history[0].arguments[1]: expected a string, got 3"),
        ('{"history": [{"tool": "t", "arguments": []}]}',
         "history[0].inputs: missing, expected a list of objects"),
        ('{"kind": "scores"}', 'kind: expected "list" or "truth", got "scores"'),
        ('{"label": true}', "label: expected an integer or null, got true"),
        ('{"metrics": {"map@100": "high"}}', 'metrics["map@100"]: expected a number, got "high"'),
        ('{"boxes": [1.5]}', "boxes[0]: expected a list of numbers, got 1.5"),
        ('{"boxes": "' + "x" * 100 + '"}',
         'boxes: expected a list of lists, got "' + "x" * 60 + '"...'),
    ],
)  # fmt: skip
def test_json_that_breaks_a_limit_or_its_type_is_refused_with_its_key(text, fault):
    with pytest.raises(DataError) as error:
        parse(text)
    assert str(error.value) == f"a.tsv:1: header: {fault}; write it again"


def test_a_text_longer_than_the_limit_is_not_parsed():
    with pytest.raises(DataError) as error:
        parse_json(b"[1, 2, 3]", "a.json", list[int], "fetch it again", maximum_bytes=8)
    assert str(error.value) == "a.json: 9 bytes of JSON, expected at most 8; fetch it again"


def test_keys_of_newer_releases_and_bytes_of_other_encodings_are_kept():
    text = '\ufeff{"label": null, "metrics": {"loss": 1}, "new": ["caf\\udce9", "\\\\u0000"]}'
    assert parse(text.encode()) == {
        "label": None, "metrics": {"loss": 1}, "new": ["caf\udce9", r"\u0000"]
    }  # fmt: skip


@given(value=PLAIN)
def test_every_value_within_the_limits_is_read_back(value):
    contract: Any = Any
    assert parse_json(json.dumps(value), "a.json", contract) == value


def test_only_this_parser_reads_json_of_files():
    uses = re.compile(r"json\.loads?\(|\.json\(\)")
    found = {
        path.name
        for package in SOURCES.glob("*/src")
        for path in package.rglob("*.py")
        if any(uses.search(line) for line in path.read_text().splitlines())
    }
    assert found == {"json_parser.py"}
