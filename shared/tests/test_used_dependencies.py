"""Every package that a tool installs is imported by it."""

import ast
import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from gld_shared.testing import TOOLS

ROOT = Path(__file__).parents[2]
# polars does not install it, and needs it for its ``to_numpy``.
USED_BY_ANOTHER = {"numpy"}


def imported_by(folder):
    """The first parts of the names of all modules that a folder's code imports."""
    found = set()
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                found |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("member", ["shared", *TOOLS])
def test_every_dependency_is_imported(member):
    project = tomllib.loads((ROOT / member / "pyproject.toml").read_text())["project"]
    names = [re.match(r"[\w-]+", line)[0].lower() for line in project["dependencies"]]
    provided = {}
    for module, distributions in packages_distributions().items():
        for distribution in distributions:
            provided.setdefault(distribution.lower().replace("_", "-"), set()).add(module)
    imported = imported_by(ROOT / member / "src")
    unused = []
    for name in set(names) - USED_BY_ANOTHER:
        # A distribution may be named after its module, or be part of a namespace.
        modules = {name.replace("-", "_"), name.partition("-")[0], *provided.get(name, ())}
        if imported.isdisjoint(modules):
            unused.append(name)
    assert unused == []
