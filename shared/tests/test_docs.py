"""The pages in docs/: their blocks run in order, as a user would run them, and their links exist.

Blocks of ``sh`` and ``python`` run. A block of ``output`` after one is what it prints; ``...`` is
any part of a line. ``sh fails`` must fail, and its ``output`` is that on standard error.
A comment ``<!-- not run: WHY -->`` before a block says why it is not run.
"""

import contextlib
import io
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import pytest
from gld_shared.testing import small_image

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
BLOCK = re.compile(
    r"^(?:<!-- not run: (?P<why>[^\n]+) -->\n)?```(?P<kind>[^\n]*)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
SHELL, SHELL_FAILS, PYTHON, OUTPUT = "sh", "sh fails", "python", "output"
# Other kinds, which nothing here can run.
SHOWN = {"text", "json", "toml", "zsh", "fish"}
# Commands that import torch and compute: a page with one of them is slow.
SLOW = re.compile(r"\bgld-(embed|train)\b|\bmake\b")


@dataclass(frozen=True)
class Block:
    """A block of a page that runs: its kind, its text, and what it must print, if stated."""

    kind: str
    text: str
    output: str | None


def blocks_of(page):
    """Return the blocks of a page that run, in order."""
    found = list(BLOCK.finditer(page.read_text()))
    blocks = []
    for match, after in zip_longest(found, found[1:]):
        if match["kind"] in (SHELL, SHELL_FAILS, PYTHON) and match["why"] is None:
            has_output = after is not None and after["kind"] == OUTPUT
            blocks.append(
                Block(match["kind"], match["body"], after["body"] if has_output else None)
            )
    return blocks


def parameters():
    """Yield the pages that have blocks, those with slow commands marked."""
    for page in PAGES:
        blocks = blocks_of(page)
        slow = any(block.kind != PYTHON and SLOW.search(block.text) for block in blocks)
        if blocks:
            yield pytest.param(page, id=page.stem, marks=[pytest.mark.slow] if slow else [])


def run_shell(block):
    """Run a block of shell commands by bash, as a user would; return what it prints."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text],
        env={**os.environ, "PATH": path, "ROOT": str(ROOT)},
        capture_output=True,
        text=True,
    )
    fails = block.kind == SHELL_FAILS
    assert (done.returncode != 0) == fails, f"{block.text}\n{done.stdout}\n{done.stderr}"
    return done.stderr if fails else done.stdout


def run_python(block, names, page):
    """Run a block of Python; ``names`` are those of the page's earlier blocks."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(block.text, str(page), "exec"), names)
    return printed.getvalue()


def matches(printed, expected):
    """Return whether a text is as expected, where ``...`` stands for any part of a line."""
    pattern = re.escape(expected).replace(re.escape("..."), ".*")
    return re.fullmatch(pattern, printed) is not None


@pytest.fixture
def reader_folder(user_folder):
    """Work in the folder of a user with four photographs of each place, enough to train."""
    for number in range(40):
        small_image(Path(f"photos/place{number // 2:02}/j{number:02}.jpg"), 100 + number)


@pytest.mark.usefixtures("reader_folder")
@pytest.mark.parametrize("page", list(parameters()))
def test_the_blocks_of_a_page_run(page):
    names = {"__name__": "page"}
    for block in blocks_of(page):
        printed = run_python(block, names, page) if block.kind == PYTHON else run_shell(block)
        if block.output is not None:
            assert matches(printed, block.output), f"{block.text}\nprints\n{printed}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_runs_or_says_why_not(page):
    text = page.read_text()
    found = list(BLOCK.finditer(text))
    assert text.count("\n```") == 2 * len(found), "every block is closed"
    kinds = {match["kind"] for match in found if match["why"] is None}
    assert kinds <= {SHELL, SHELL_FAILS, PYTHON, OUTPUT, *SHOWN}
    outside = BLOCK.sub("", text)
    assert not re.search(r"^    \S", outside, re.MULTILINE), "an indented block is not run"


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=lambda page: page.stem)
def test_links_lead_to_files_and_headings(page):
    outside = BLOCK.sub("", page.read_text())
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", outside):
        target, _, heading = link.partition("#")
        if "://" in target:
            continue
        file = (page.parent / target) if target else page
        if not file.exists() or (heading and heading not in headings(file)):
            broken.append(link)
    assert broken == []


def headings(page):
    """Return the anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", BLOCK.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_page_is_linked():
    linked = re.findall(r"\]\(([\w-]+\.md)", (ROOT / "docs" / "README.md").read_text())
    assert set(linked) == {page.name for page in PAGES} - {"README.md"}


def test_the_pictures_are_those_that_the_script_draws(tmp_path):
    drawn = sorted((ROOT / "docs" / "pictures").glob("*.svg"))
    for script in (ROOT / "docs" / "pictures").glob("*.py"):
        (tmp_path / script.name).write_text(script.read_text())
    subprocess.run([sys.executable, tmp_path / "draw.py"], check=True)
    assert [path.name for path in drawn] == sorted(path.name for path in tmp_path.glob("*.svg"))
    for picture in drawn:
        assert picture.read_text() == (tmp_path / picture.name).read_text(), "draw them again"
