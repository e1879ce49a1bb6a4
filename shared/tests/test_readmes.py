"""The READMEs hold each command's --help as it is."""

import re
from pathlib import Path

import pytest
from gld_shared.testing import TOOLS, run

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```\n\$ (gld-[^\n]+ --help)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("tool", TOOLS)
def test_the_readme_holds_the_help(tool, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    blocks = BLOCK.findall((ROOT / tool / "README.md").read_text())
    assert f"{tool} --help" in [command for command, _ in blocks]
    for command, text in blocks:
        assert text == run(command.split()).stdout, f"{command}: paste its output into the README"


def test_every_tool_stands_in_the_root_readme():
    text = (ROOT / "README.md").read_text()
    assert all(f"({tool}/README.md)" in text for tool in TOOLS)
