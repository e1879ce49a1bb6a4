"""Methods in a row, as processes in common shells; a stage that fails fails the pipe."""

import os
import subprocess
from pathlib import Path

import pytest
from gld_shared.testing import program, run, small_list, small_neighbours, small_store

IDS = [f"i{position:02}" for position in range(40)]
BASH, SH = ("bash", "set -o pipefail; "), ("sh", "")
EXPAND = "gld-rerank expand {table} --top 3"
LANDMARK = "gld-rerank landmark --reference r.zarr --labels l.tsv -k 9"
WARNING = (
    "gld-rerank: standard input: the order by gld-rerank expand is not used, since landmark ranks "
    "the whole index again; run landmark first, or combine both tables by gld-rerank fuse\n"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Neighbours n.tsv of one query, their stores, and references with labels."""
    folder = tmp_path_factory.mktemp("chain")
    queries = small_store(folder / "q.zarr", ["a", "b"], seed=1)
    index = small_store(folder / "i.zarr", IDS, seed=2)
    small_neighbours(folder / "n.tsv", queries, index, IDS[:5])
    small_store(folder / "r.zarr", IDS, seed=3)
    small_list(folder / "l.tsv", IDS)
    return folder


def shell(name, line, folder):
    path = f"{Path(program('python')).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    command = [name, "-c", line]
    return subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
        text=True,
    )  # fmt: skip


@pytest.mark.parametrize(("name", "options"), [BASH, pytest.param(*SH, marks=pytest.mark.slow)])
def test_expand_and_landmark(folder, name, options, monkeypatch):
    done = shell(name, f"{options}{EXPAND.format(table='n.tsv')} | {LANDMARK}", folder)
    assert (done.returncode, done.stderr) == (0, WARNING)
    monkeypatch.chdir(folder)
    expanded = run(EXPAND.format(table="n.tsv").split()).stdout
    assert done.stdout == run(LANDMARK.split(), expanded).stdout
    assert len(done.stdout.splitlines()) == 2 + 9


def test_landmark_twice(folder, monkeypatch):
    monkeypatch.chdir(folder)
    once = run([*LANDMARK.split(), "n.tsv"]).stdout
    twice = run(LANDMARK.split(), once)
    assert twice.stdout.splitlines()[1:] == once.splitlines()[1:]
    assert twice.stderr == (
        "gld-rerank: standard input: the order by gld-rerank landmark is not used, since landmark "
        "ranks the whole index again; combine both tables by gld-rerank fuse\n"
    )


@pytest.mark.parametrize(("name", "options"), [pytest.param(*BASH, marks=pytest.mark.slow), SH])
@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            f"{EXPAND.format(table='none.tsv')} | {LANDMARK}",
            "Error: none.tsv: cannot be read: No such file or directory\n",
        ),
        (
            f"{EXPAND.format(table='n.tsv')} | {LANDMARK.replace('l.tsv', 'none.tsv')}",
            "Error: none.tsv: cannot be read: No such file or directory\n",
        ),
    ],
)
def test_a_stage_that_fails_fails_the_pipe(folder, name, options, line, message):
    done = shell(name, options + line, folder)
    assert done.returncode != 0
    assert done.stdout == ""
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("name", "options"), [pytest.param(*BASH, marks=pytest.mark.slow), SH])
def test_a_stage_that_fails_after_its_first_queries_fails_the_pipe(folder, name, options):
    """A shell without pipefail returns what the last stage does, so that one has to notice."""
    ids = [f"q{row}" for row in range(5000)]
    queries = small_store(folder / f"{name}.zarr", ids, seed=4)
    table = folder / f"{name}.tsv"
    run(["gld-search", queries, "--index", folder / "i.zarr", "-k", 2, "-o", table])
    chunks = sorted(queries.glob("vectors/c/*/0"), key=lambda chunk: int(chunk.parent.name))
    content = bytearray(chunks[-1].read_bytes())
    content[0] ^= 1
    chunks[-1].write_bytes(content)
    done = shell(name, f"{options}gld-rerank expand {table} -k 2 | {LANDMARK}", folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert sorted(done.stderr.splitlines()) == [
        f"Error: {chunks[-1]}: damaged, its checksum does not match; restore the store from a "
        "copy, or embed again under another name",
        "Error: standard input:8194: no newline at its end; the file is cut short",
    ]
