"""All tools together, as processes of their own, in common shells."""

import contextlib
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import simplejpeg
from gld_shared.testing import program, run

CHECKPOINT = "random:efficientnet_lite0"
BASH, SH = [("bash", "set -o pipefail; "), ("sh", "")]
PIPE = (
    "gld-embed lists/queries.tsv -c {checkpoint} --size 32 --images photos -o {output}"
    " | gld-search --index i.zarr -k 5 | gld-rerank | gld-eval --truth lists/truth.tsv"
)


def paint(folder: Path) -> None:
    """Paint six pictures of each of three landmarks: a colour, and noise."""
    for label in range(3):
        (folder / f"place {label}").mkdir(parents=True)
        for number in range(6):
            random = np.random.default_rng([label, number])
            pixels = random.integers(0, 60, (40, 50, 3), dtype=np.uint8)
            pixels[..., label] += 150
            data = simplejpeg.encode_jpeg(pixels, colorspace="RGB")
            (folder / f"place {label}" / f"{number}.jpg").write_bytes(data)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with photographs, lists and the index store, so that the pipe can run."""
    folder = tmp_path_factory.mktemp("pipe")
    paint(folder / "photos")
    with contextlib.chdir(folder):
        prepare()
    return folder


def prepare() -> None:
    for arguments in (
        ["gld-lists", "folder", "photos", "--labels-from-folders", "-o", "all.tsv"],
        ["gld-lists", "split", "all.tsv", "--held-out", "1", "--queries", "1", "-o", "lists"],
        [
            *("gld-embed", "lists/index.tsv", "-c", CHECKPOINT, "--size", "32"),
            *("--images", "photos", "-o", "i.zarr"),
        ],
    ):
        result = run(arguments)
        assert result.exit_code == 0, result.output


def pipe(checkpoint: str, output: str) -> str:
    return PIPE.format(checkpoint=checkpoint, output=output)


def shell(name: str, line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(program('python')).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [name, "-c", line],
        cwd=folder,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(("name", "options"), [BASH, pytest.param(*SH, marks=pytest.mark.slow)])
def test_the_literal_pipe(folder, name, options):
    done = shell(name, options + pipe(CHECKPOINT, f"{name}.zarr"), folder)
    assert (done.returncode, done.stderr) == (0, "")
    scores = [line.split("\t") for line in done.stdout.splitlines()[2:]]
    (value,) = (float(row[2]) for row in scores if row[:2] == ["map@100", "all"])
    assert value > 0.9, "any network distinguishes colours"


@pytest.fixture(scope="module")
def later_stages(folder):
    """The stages after gld-embed, reading a finished store, in a pipe that succeeds."""
    first, _, later = pipe(CHECKPOINT, "q.zarr").partition(" | ")
    with contextlib.chdir(folder):
        assert run(first.split()).exit_code == 0
    later = f"echo q.zarr | {later}"
    name, options = SH
    assert shell(name, options + later, folder).returncode == 0
    return later


# Without pipefail only the last stage's status counts: the harder case.
@pytest.mark.parametrize(("name", "options"), [pytest.param(*BASH, marks=pytest.mark.slow), SH])
@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("--index i.zarr", "--index none.zarr", "Error: none.zarr: "),
        ("gld-rerank", "gld-rerank --top 0", "Error: Invalid value for '--top'"),
        ("lists/truth.tsv", "none.tsv", "Error: none.tsv: cannot be read: No such file"),
    ],
)
def test_a_failing_later_stage_fails_the_pipe(
    folder, later_stages, name, options, right, wrong, message
):
    done = shell(name, options + later_stages.replace(right, wrong), folder)
    assert done.returncode != 0
    assert done.stdout == ""
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("name", "options"), [pytest.param(*BASH, marks=pytest.mark.slow), SH])
def test_a_failing_first_stage_fails_the_pipe(folder, name, options):
    done = shell(name, options + pipe("none.safetensors", f"none-{name}.zarr"), folder)
    assert done.returncode != 0
    assert done.stdout == ""
    assert "Error: none.safetensors: not found" in done.stderr
    assert "Traceback" not in done.stderr
