"""The functions that the tools offer to Python."""

import importlib
import pkgutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
from gld_shared.testing import TOOLS, program

ROOT = Path(__file__).parents[2]
PACKAGES = {tool: importlib.import_module(tool.replace("-", "_")) for tool in TOOLS}


@pytest.mark.parametrize("tool", TOOLS)
def test_a_public_name_is_never_the_module_of_that_name(tool):
    package = PACKAGES[tool]
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
    assert package.__all__
    for name in package.__all__:
        assert not isinstance(getattr(package, name), ModuleType), name


@pytest.mark.parametrize("tool", TOOLS)
def test_the_readme_names_every_public_name(tool):
    text = (ROOT / tool / "README.md").read_text()
    assert [name for name in PACKAGES[tool].__all__ if name not in text] == []


def test_importing_a_package_imports_nothing_heavy():
    names = ", ".join(package.__name__ for package in PACKAGES.values())
    code = (
        f"import sys, {names}; "
        "print({'torch', 'timm', 'zarr', 'polars', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run(
        [program("python"), "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'gld_search' has no attribute 'nothing'"):
        PACKAGES["gld-search"].nothing  # noqa: B018
