"""The READMEs and their docs/ hold each command's --help, every tool and every module."""

import re
from pathlib import Path

import pytest
from gld_shared.testing import TOOLS, run

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```\n\$ (gld-[^\n]+ --help)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("tool", TOOLS)
def test_the_readme_and_its_pages_hold_the_help(tool, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    readme = ROOT / tool / "README.md"
    assert f"{tool} --help" in [command for command, _ in BLOCK.findall(readme.read_text())]
    for page in (readme, *sorted((ROOT / tool / "docs").glob("*.md"))):
        for command, text in BLOCK.findall(page.read_text()):
            assert text == run(command.split()).stdout, f"{command}: paste its output into {page}"


def test_every_tool_is_in_the_root_readme():
    text = (ROOT / "README.md").read_text()
    assert all(f"({tool}/README.md)" in text for tool in TOOLS)


def test_every_module_is_in_the_readme_of_shared():
    package = ROOT / "shared" / "src" / "gld_shared"
    paths = (path.relative_to(package).with_suffix("") for path in package.rglob("*.py"))
    modules = {".".join(path.parts) for path in paths if path.name != "__init__"}
    table = (ROOT / "shared" / "README.md").read_text().partition("\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([a-z0-9_.]+)`", row)}
    assert named == modules
