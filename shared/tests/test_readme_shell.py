"""Shell blocks of READMEs, and of docs/ of the tools, run: each in a new folder like a user's.

A block is indented by four spaces and begins with a command. A comment ``<!-- not run: WHY -->`` on
the line before, or a blank line before that, says why a block is not run.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from gld_shared.testing import TOOLS, run, small_image

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    *(ROOT / tool / "README.md" for tool in TOOLS),
    *sorted(page for tool in TOOLS for page in (ROOT / tool / "docs").glob("*.md")),
]
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<why>[^\n]+) -->\n\n?)?"
    r"(?P<body>^    [^\n]*\n(?:    [^\n]*\n|\n(?=    ))*)",
    re.MULTILINE,
)
BEGINS_WITH_A_COMMAND = re.compile(r"    (?:gld-\w+ [^ ]|(?:make|for|pip|printf|bash|torchrun) )")
# Commands that import torch and compute.
SLOW = re.compile(r"\bgld-(embed|train)\b|--report|--landmarks")


def blocks():
    """Yield each block of each page, named by the page and its number there."""
    for page in PAGES:
        name = "-".join(page.relative_to(ROOT).with_suffix("").parts)
        number = 0
        for match in BLOCK.finditer(FENCED.sub("", page.read_text())):
            if BEGINS_WITH_A_COMMAND.match(match["body"]) and not is_table(match["body"]):
                number += 1
                if match["why"] is None:
                    text = re.sub(r"^    ", "", match["body"], flags=re.MULTILINE)
                    marks = [pytest.mark.slow] if SLOW.search(text) else []
                    yield pytest.param(text, id=f"{name}-{number}", marks=marks)


def is_table(body: str) -> bool:
    """Return whether a block shows the six tools, or what a command prints."""
    return "   -> " in body or re.match(r"    gld-\w+: ", body) is not None


@pytest.fixture(scope="session")
def miniature(tmp_path_factory):
    """The official files in miniature, and a checkpoint that takes no training."""
    folder = tmp_path_factory.mktemp("miniature")
    assert run(["gld-lists", "synthetic", str(folder / "gldv2"), "--landmarks", "4"]).exit_code == 0
    return folder / "gldv2"


@pytest.fixture
def readers_folder(user_folder):
    """Work in the folder of a user who has read the page up to the block."""
    for name in ("queries", "index", "truth"):
        shutil.copy(f"lists/{name}.tsv", f"{name}.tsv")
    shutil.copy("lists/full.tsv", "lists/train.tsv")
    shutil.copy("lists/full.tsv", "lists/clean.tsv")
    shutil.copy("lists/full.tsv", "train.tsv")
    shutil.copytree("train.zarr", "reference.zarr")
    for number in range(40):
        small_image(Path(f"photos/place{number // 2:02}/j{number:02}.jpg"), 100 + number)
    Path("PHOTOS").symlink_to("photos")
    # The paths of configurations begin at the root of the repository.
    Path("gld-train").symlink_to(ROOT / "gld-train")


def before(text: str) -> Iterator[str]:
    """Yield the commands of earlier blocks that make what the block reads."""
    if "-c model.safetensors" in text:
        yield "gld-train lists/full.tsv --config demo.toml --images photos -o model.safetensors"
    if "--report" in text:
        for name in ("queries", "index"):
            yield f"rm -r {name}.zarr"
            yield f"gld-embed {name}.tsv -c pixels:8 --images photos -o {name}.zarr"
        yield "gld-search queries.zarr --index index.zarr -o neighbours.tsv"
    if "--verify" in text:
        yield "gld-eval neighbours.tsv --truth truth.tsv -o scores.tsv"
    if "landmark neighbours.zarr" in text:
        yield "gld-search queries.zarr --index index.zarr -o neighbours.zarr"


@pytest.mark.usefixtures("readers_folder")
@pytest.mark.parametrize("text", list(blocks()))
def test_the_shell_block_runs(text, request):
    if re.search(r"\b(gldv2|RAW|mini)\b", text):
        for name in ("gldv2", "RAW"):
            Path(name).symlink_to(request.getfixturevalue("miniature"))
    for made in re.findall(r"-o ([\w-]+\.zarr|lists)\b", text):
        shutil.rmtree(made, ignore_errors=True)
    # Drawing takes a second a landmark.
    text = "\n".join((*before(text), text)).replace("--landmarks 60", "--landmarks 4")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
