"""The Python examples of the READMEs run in a folder like a user's."""

from pathlib import Path

import pytest
from gld_shared.testing import TOOLS

ROOT = Path(__file__).parents[2]


def pages(tool):
    """The README of a tool, and the pages beside it."""
    return [ROOT / tool / "README.md", *sorted((ROOT / tool / "docs").glob("*.md"))]


@pytest.mark.usefixtures("user_folder")
@pytest.mark.parametrize("tool", TOOLS)
def test_the_python_examples_of_the_readme_run(tool, python_examples):
    examples = [(page, example) for page in pages(tool) for example in python_examples(page)]
    assert examples, "a tool shows its Python functions"
    for page, example in examples:
        exec(compile(example, str(page), "exec"), {"__name__": "example"})
