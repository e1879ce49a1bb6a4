"""The checks that every command passes, whatever its job."""

import gzip
import io
import os
import pty
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from gld_shared.command import DISTRIBUTION_VERSION
from gld_shared.testing import (
    TOOLS,
    program,
    run,
    small_image,
    small_list,
    small_neighbours,
    small_store,
    small_truth,
)

IDS = [f"x{number}" for number in range(40)]


@dataclass(frozen=True)
class Case:
    """A command that reads a main input: its arguments, its input, and a table of another kind."""

    command: list[str]
    options: Callable[[Path], list[str]]
    main_input: Callable[[Path], Path]
    wrong_table: Callable[[Path], Path]
    writes_table: bool = True


def neighbours(folder: Path) -> Path:
    queries = small_store(folder / "q.zarr", ["a"], seed=1)
    index = small_store(folder / "i.zarr", IDS)
    return small_neighbours(folder / "n.tsv", queries, index, IDS[:5])


def a_list(folder: Path) -> Path:
    return small_list(folder / "list.tsv", IDS)


def a_list_with_images(folder: Path) -> Path:
    for number, image_id in enumerate(IDS):
        small_image(folder / f"{image_id}.jpg", number)
    return a_list(folder)


def images_options(folder: Path) -> list[str]:
    return ["--images", str(folder)]


def audit_options(folder: Path) -> list[str]:
    """Return options with another list, whose only image differs from all others."""
    small_image(folder / "other.jpg", seed=99)
    return [str(small_list(folder / "other.tsv", ["other"])), "--images", str(folder)]


def truth(folder: Path) -> Path:
    return small_truth(folder / "truth.tsv", "a", IDS[:2])


def store_names(folder: Path) -> Path:
    path = folder / "names.txt"
    path.write_text(f"{small_store(folder / 'q.zarr', ['a'], seed=1)}\n")
    return path


def landmark_options(folder: Path) -> list[str]:
    reference = small_store(folder / "r.zarr", IDS, seed=2)
    labels = small_list(folder / "labels.tsv", IDS)
    return ["--reference", str(reference), "--labels", str(labels)]


def train_options(folder: Path) -> list[str]:
    config = folder / "run.toml"
    config.write_text('[model]\nbackbone = "test_resnet"\nweights = "random"\n')
    output = str(folder / "m.safetensors")
    return ["--config", str(config), "--images", str(folder), "-o", output]


def index_options(folder: Path) -> list[str]:
    return ["--index", str(small_store(folder / "index.zarr", IDS))]


CASES = {
    "gld-eval": Case(
        ["gld-eval"], lambda folder: ["--truth", str(truth(folder))], neighbours, a_list
    ),
    "gld-search": Case(["gld-search"], index_options, store_names, store_names),
    "gld-rerank": Case(["gld-rerank"], lambda _: [], neighbours, a_list),
    "gld-rerank landmark": Case(["gld-rerank", "landmark"], landmark_options, neighbours, a_list),
    "gld-lists submission": Case(["gld-lists", "submission"], lambda _: [], neighbours, a_list),
    "gld-lists stats": Case(["gld-lists", "stats"], lambda _: [], a_list, truth),
    "gld-lists sample": Case(["gld-lists", "sample"], lambda _: ["--share", "0.5"], a_list, truth),
    "gld-lists check": Case(["gld-lists", "check"], images_options, a_list_with_images, truth),
    "gld-lists duplicates": Case(
        ["gld-lists", "duplicates"], images_options, a_list_with_images, truth
    ),
    "gld-lists audit": Case(["gld-lists", "audit"], audit_options, a_list_with_images, truth),
    "gld-lists resize": Case(
        ["gld-lists", "resize"],
        lambda folder: ["--images", str(folder), "-o", str(folder / "small")],
        a_list_with_images,
        truth,
        writes_table=False,
    ),
    "gld-lists split": Case(
        ["gld-lists", "split"],
        lambda folder: ["-o", str(folder / "lists")],
        a_list,
        truth,
        writes_table=False,
    ),
    "gld-train": Case(["gld-train"], train_options, a_list, truth, writes_table=False),
    "gld-train whiten": Case(
        ["gld-train", "whiten"],
        lambda folder: ["-o", str(folder / "w.safetensors")],
        store_names,
        store_names,
        writes_table=False,
    ),
    "gld-embed": Case(
        ["gld-embed"],
        lambda folder: [
            *("-c", "random:efficientnet_lite0"),
            *("--images", str(folder)),
            *("-o", str(folder / "e.zarr")),
        ],
        a_list,
        truth,
        writes_table=False,
    ),
}
TABLE_CASES = [
    pytest.param(case, id=name)
    for name, case in CASES.items()
    if case.main_input is not store_names
]
WRITERS = [pytest.param(case, id=name) for name, case in CASES.items() if case.writes_table]
ALL = [pytest.param(case, id=name) for name, case in CASES.items()]


def refused(result, code: int) -> str:
    """Return the error line of a command that must fail with ``code``."""
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return result.stderr


@pytest.mark.parametrize("tool", TOOLS)
def test_help_and_version(tool):
    for option in ("--help", "-h"):
        result = run([tool, option])
        assert result.exit_code == 0
        assert result.stdout.startswith(f"Usage: {tool} ")
        assert "|" in result.stdout.split("Options:")[1], "help ends with a pipe to paste"
    assert run([tool, "--version"]).stdout == f"{tool} {DISTRIBUTION_VERSION}\n"


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        (["gld-train", "--images", "train", "--config", "none.toml"], "none.toml"),
        (["gld-train", "-o", "whiten", "--config", "none.toml"], "none.toml"),
        (["gld-rerank", "-o", "expand", "none.tsv"], "none.tsv"),
        (["gld-rerank", "--", "landmark"], "landmark"),
    ],
)
def test_a_value_may_be_the_name_of_a_sub_command(arguments, missing):
    assert refused(run(arguments), 1) == (
        f"Error: {missing}: cannot be read: No such file or directory\n"
    )


@pytest.mark.parametrize("tool", TOOLS)
def test_help_imports_nothing_heavy(tool):
    code = (
        "import sys; from importlib.metadata import entry_points; "
        f"entry_points(group='console_scripts', name='{tool}')['{tool}'].load(); "
        "print(sorted({'torch', 'timm', 'torchvision', 'cv2'} & set(sys.modules)))"
    )
    python = program("python")
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("case", WRITERS)
def test_a_file_a_dash_and_standard_input_are_the_same(case, tmp_path):
    main_input, options = case.main_input(tmp_path), case.options(tmp_path)
    text = main_input.read_text()
    by_default = run([*case.command, *options], stdin=text)
    by_dash = run([*case.command, "-", *options], stdin=text)
    assert by_default.exit_code == by_dash.exit_code == 0, by_default.output
    rows = by_default.stdout.splitlines()
    assert rows[1:] == by_dash.stdout.splitlines()[1:]
    assert rows[0].startswith(("#", "id,images"))
    if case.main_input is not store_names:
        by_name = run([*case.command, main_input, *options])
        # gld-lists stats names its input in the rows.
        named = by_name.stdout.replace(str(main_input), "-").splitlines()
        assert named[1:] == rows[1:]


class Terminal(io.BytesIO):
    """A terminal at which nothing is typed."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("case", ALL)
def test_a_terminal_on_standard_input_is_a_usage_error(case, tmp_path):
    result = run([*case.command, *case.options(tmp_path)], stdin=Terminal())
    assert refused(result, 2).endswith("Error: no input: name a file, or pipe one in\n")


@pytest.mark.parametrize("name", ["gld-eval", "gld-search", "gld-rerank", "gld-lists split"])
def test_a_terminal_of_the_system_is_a_usage_error(name, tmp_path):
    case = CASES[name]
    options = case.options(tmp_path)
    terminal, other_end = pty.openpty()
    try:
        done = subprocess.run(
            [program(case.command[0]), *case.command[1:], *options],
            stdin=other_end,
            capture_output=True,
            text=True,
        )
    finally:
        os.close(terminal)
        os.close(other_end)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("Error: no input: name a file, or pipe one in\n")


@pytest.mark.parametrize("case", ALL)
def test_empty_standard_input(case, tmp_path):
    result = run([*case.command, *case.options(tmp_path)])
    assert refused(result, 1) == (
        "Error: standard input: empty; did the command before it fail? If it wrote to -o NAME, "
        "give NAME to this command instead\n"
    )


@pytest.mark.parametrize("case", TABLE_CASES)
def test_a_missing_file_is_named(case, tmp_path):
    missing = tmp_path / "none.tsv"
    result = run([*case.command, missing, *case.options(tmp_path)])
    assert refused(result, 1) == f"Error: {missing}: cannot be read: No such file or directory\n"


@pytest.mark.parametrize("case", ALL)
def test_a_name_that_is_not_utf_8_is_refused(case):
    assert refused(run([*case.command, "caf\udce9"]), 1) == (
        "Error: caf\\xe9: not UTF-8, as all names must be; "
        "rename it, or name it by a link whose name is UTF-8\n"
    )


@pytest.mark.parametrize("case", TABLE_CASES)
def test_a_compressed_table_is_read_and_its_faults_are_named(case, tmp_path):
    main_input = case.main_input(tmp_path)
    main_input.write_bytes(gzip.compress(main_input.read_bytes()))
    main_input.with_name("cut").write_bytes(main_input.read_bytes()[:-9])
    options = case.options(tmp_path)
    cut = run([*case.command, tmp_path / "cut", *options])
    assert refused(cut, 1) == (
        f"Error: {tmp_path}/cut: its gzip data end too early; the file is cut short, "
        "copy or make it again\n"
    )
    if case.writes_table:
        assert run([*case.command, main_input, *options]).exit_code == 0


@pytest.mark.parametrize("case", TABLE_CASES)
def test_the_wrong_kind_of_table_is_named(case, tmp_path):
    wrong = case.wrong_table(tmp_path)
    result = run([*case.command, wrong, *case.options(tmp_path)])
    assert refused(result, 1).startswith(f"Error: {wrong}:1: format is 'gld-")


@pytest.mark.parametrize("case", TABLE_CASES)
def test_a_truncated_table_is_named(case, tmp_path):
    main_input = case.main_input(tmp_path)
    main_input.write_bytes(main_input.read_bytes()[:-3])
    result = run([*case.command, main_input, *case.options(tmp_path)])
    message = refused(result, 1)
    assert message.startswith(f"Error: {main_input}:")
    assert message.endswith("the file is cut short\n")


@pytest.mark.parametrize("case", WRITERS)
def test_an_output_that_cannot_be_written(case, tmp_path):
    target = tmp_path / "none" / "out.tsv"
    text = case.main_input(tmp_path).read_text()
    result = run([*case.command, *case.options(tmp_path), "-o", target], stdin=text)
    assert refused(result, 1) == (
        f"Error: {target}: cannot be written: there is no folder {tmp_path / 'none'}; make it\n"
    )


@pytest.mark.parametrize("case", WRITERS)
def test_after_a_failure_the_old_output_is_kept(case, tmp_path):
    target = tmp_path / "out.tsv"
    target.write_text("old")
    refused(run([*case.command, *case.options(tmp_path), "-o", target], stdin="broken\n"), 1)
    assert target.read_text() == "old"
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("case", WRITERS)
def test_a_closed_pipe_ends_quietly(case, tmp_path):
    text = case.main_input(tmp_path).read_text()
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        done = subprocess.run(
            [program(case.command[0]), *case.command[1:], *case.options(tmp_path)],
            input=text,
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["gld-embed", "gld-train"])
def test_after_a_failure_nothing_has_the_final_name(name, tmp_path):
    case = CASES[name]
    result = run([*case.command, case.main_input(tmp_path), *case.options(tmp_path)])
    message = refused(result, 1)
    assert re.fullmatch(rf"Error: {tmp_path}/x\d+.jpg: cannot be read: .*\n", message)
    assert not list(tmp_path.glob("[em].zarr")) + list(tmp_path.glob("*.safetensors"))
