"""Standard input is one input of a command."""

import pytest
from gld_shared.testing import refused

REMEDY = "and can be read once; name a file for the other"


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ("gld-eval - --truth -", f"is both NEIGHBOURS and --truth, {REMEDY}"),
        ("gld-eval --truth -", f"is both NEIGHBOURS and --truth, {REMEDY}"),
        ("gld-rerank fuse - -", f"is twice among TABLES, {REMEDY}"),
    ],
)
def test_two_inputs(arguments, fault):
    assert refused(arguments.split()) == f"Error: standard input: {fault}\n"
