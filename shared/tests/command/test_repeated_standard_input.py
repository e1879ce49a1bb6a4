"""Standard input is one input of a command."""

import pytest
from gld_shared.testing import refused


@pytest.mark.parametrize(
    ("arguments", "as_inputs"),
    [
        ("gld-eval - --truth -", "as both NEIGHBOURS and --truth"),
        ("gld-eval --truth -", "as both NEIGHBOURS and --truth"),
        ("gld-rerank fuse - -", "twice in TABLES"),
    ],
)
def test_two_inputs(arguments, as_inputs):
    message = refused(arguments.split(), code=2).splitlines()[-1]
    assert message == f"Error: - is standard input, which can be read once, not {as_inputs}"
