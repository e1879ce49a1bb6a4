"""No command writes over what it reads, however the two are spelled."""

import os
import subprocess
from importlib.metadata import entry_points

import click
import pytest
from gld_shared.command.path_types import InputPath, OutputPath
from gld_shared.testing import (
    TOOLS,
    program,
    run,
    small_list,
    small_neighbours,
    small_store,
    small_truth,
)

TEXTS = {
    "-m", "--backbone", "--base-url", "--device", "--explain", "--factory", "--scales", "--set",
    "--shards",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working folder, with an input of each kind."""
    monkeypatch.chdir(tmp_path)
    queries = small_store(tmp_path / "q.zarr", ["a"], seed=1)
    index = small_store(tmp_path / "i.zarr", ["x0", "x1"])
    small_neighbours(tmp_path / "n.tsv", queries, index, ["x0", "x1"])
    small_truth(tmp_path / "t.tsv", "a", ["x0"])
    (tmp_path / "sp").mkdir()
    small_list(tmp_path / "sp" / "train.tsv", ["x0", "x1"])
    (tmp_path / "sp" / "a.JPG").write_bytes(b"a photograph")
    (tmp_path / "r.toml").write_text('[model]\nbackbone = "test_resnet"\n')
    (tmp_path / "linked.tsv").symlink_to("t.tsv")
    os.link(tmp_path / "t.tsv", tmp_path / "second-name.tsv")
    return tmp_path


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "gld-eval n.tsv --truth t.tsv -o t.tsv",
            "t.tsv: is also read as --truth, and would be overwritten; name another output",
        ),
        (
            "gld-eval n.tsv --truth t.tsv -o sp/../n.tsv",
            "sp/../n.tsv: is also read as NEIGHBOURS (n.tsv), and would be overwritten; "
            "name another output",
        ),
        (
            "gld-eval n.tsv --truth t.tsv -o linked.tsv",
            "linked.tsv: is also read as --truth (t.tsv), and would be overwritten; "
            "name another output",
        ),
        (
            "gld-eval n.tsv --truth second-name.tsv -o t.tsv",
            "t.tsv: is also read as --truth (second-name.tsv), and would be overwritten; "
            "name another output",
        ),
        (
            "gld-lists split sp/train.tsv -o ./sp",
            "./sp: holds sp/train.tsv, which is read as LIST, and would be replaced; "
            "name another output",
        ),
        (
            "gld-lists check sp/train.tsv --images sp -o sp/a.JPG",
            "sp/a.JPG: is an image in sp, which is read as --images, and would be overwritten; "
            "name another output",
        ),
        (
            "gld-lists google sp -o sp",
            "sp: is also read as RAW, and would be overwritten; name another output",
        ),
        (
            "gld-lists stats sp/train.tsv --plot sp/train.tsv",
            "sp/train.tsv: is also read as LISTS, and would be overwritten; name another output",
        ),
        (
            "gld-lists stats sp/train.tsv --plot x -o ./x",
            "./x: is both --plot and -o; give each a name of its own",
        ),
        (
            "gld-search q.zarr --index i.zarr -o i.zarr/zarr.json",
            "i.zarr/zarr.json: is inside i.zarr, a store that is read as --index; "
            "name another output",
        ),
        (
            "gld-embed sp/train.tsv -c random:resnet18 --images sp -o sp",
            "sp: is also read as --images, and would be overwritten; name another output",
        ),
        (
            "gld-train sp/train.tsv --config r.toml --images . -o n.tsv --set model.weights=n.tsv",
            "n.tsv: is also read, and would be overwritten; name another output",
        ),
    ],
)
def test_an_output_that_is_an_input_is_refused_before_any_work(folder, line, message):
    before = contents(folder)
    result = run(line.split())
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines()[-1] == f"Error: {message}"
    assert contents(folder) == before


def test_a_store_in_the_header_of_the_input_is_an_input(folder):
    result = run(["gld-rerank", "n.tsv", "-o", "q.zarr/zarr.json"])
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: q.zarr/zarr.json: is inside {folder}/q.zarr, a store that is read; "
        "name another output\n",
    )


def test_standard_input_is_an_input(folder):
    with (folder / "n.tsv").open("rb") as stdin:
        done = subprocess.run(
            [program("gld-eval"), "--truth", "t.tsv", "-o", "n.tsv"],
            stdin=stdin,
            capture_output=True,
            text=True,
        )
    assert (done.returncode, done.stderr) == (
        1,
        "Error: n.tsv: is also read as standard input, and would be overwritten; "
        "name another output\n",
    )


@pytest.mark.parametrize(
    "line",
    [
        "gld-eval n.tsv --truth t.tsv -o sp/scores.tsv",
        "gld-eval n.tsv --truth t.tsv -o /dev/null",
        "gld-lists folder sp -o sp/list.tsv",
        "gld-lists check sp/train.tsv --images sp -o sp/new.jpg",
        "gld-lists stats sp/train.tsv --plot /dev/null -o /dev/null",
        "gld-lists resize sp/train.tsv --images . -o small --skip-unreadable",
        "gld-search q.zarr --index i.zarr -o new.tsv",
    ],
)
def test_other_outputs_are_written_also_beside_inputs(folder, line):
    result = run(line.split())
    assert "name another output" not in result.stderr
    assert "give each" not in result.stderr


def parameters_of(command):
    for inner in getattr(command, "commands", {}).values():
        yield from parameters_of(inner)
    yield from command.params


@pytest.mark.parametrize("tool", TOOLS)
def test_every_path_is_declared_as_read_or_written(tool):
    (script,) = entry_points(group="console_scripts", name=tool)
    for parameter in parameters_of(script.load()):
        if isinstance(parameter.type, click.Path):
            assert isinstance(parameter.type, InputPath | OutputPath), parameter
        elif parameter.type is click.STRING:
            assert parameter.opts[0] in TEXTS, f"{parameter}: a path, or only text?"


@pytest.mark.parametrize("tool", ["gld-embed", "gld-train train", "gld-lists split"])
def test_an_output_with_a_name_is_not_standard_output(tool):
    result = run([*tool.split(), "-o", "-"])
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (
        2,
        "Error: Invalid value for '-o' / '--output': "
        "'-' is standard output, expected a name; the command prints it.",
    )


@pytest.mark.parametrize("ending", [".bz2", ".xz", ".zip", ".BZ2"])
def test_a_compression_that_is_not_written_is_refused(folder, ending):
    result = run(["gld-lists", "stats", "sp/train.tsv", "-o", f"x.tsv{ending}"])
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (
        2,
        f"Error: Invalid value for '-o' / '--output': x.tsv{ending}: {ending} is not written; "
        "name it x.tsv.gz or x.tsv.zst for compressed text, or x.tsv.",
    )
    assert not (folder / f"x.tsv{ending}").exists()
