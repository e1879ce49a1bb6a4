"""Each tool alone: its wheel and gld-shared's, in an environment that holds nothing else."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from gld_shared.testing import TOOLS, program

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Case:
    """Modules that must be absent, and a command that must work."""

    absent: tuple[str, ...]
    command: str


CASES = {
    "gld-lists": Case(("timm",), "gld-lists folder photos --labels-from-folders -o all.tsv"),
    "gld-train": Case(
        (), "gld-train lists/full.tsv --config demo.toml --images photos -o m.safetensors"
    ),
    "gld-embed": Case(
        (),
        "gld-embed lists/queries.tsv -c packaged:efficientnet_lite0 --images photos -o q.zarr",
    ),
    "gld-search": Case(
        ("torch", "timm", "cv2", "PIL"),
        "gld-search queries.zarr --index index.zarr -k 100",
    ),
    "gld-rerank": Case(("torch", "timm"), "gld-rerank expand neighbours.tsv"),
    "gld-eval": Case(
        ("torch", "timm", "cv2", "PIL"), "gld-eval neighbours.tsv --truth lists/truth.tsv"
    ),
}


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, without the sources that PYTHONPATH may name."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(command, env=clean, capture_output=True, text=True)


def output_of(*command: str | Path) -> str:
    """Run a program that must succeed, and return its standard output."""
    done = run(*command)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """The wheels of gld-shared and of the tools, by name."""
    folder = tmp_path_factory.mktemp("wheels")
    for name in ("shared", *TOOLS):
        output_of(program("uv"), "build", "--quiet", "--wheel", ROOT / name, "--out-dir", folder)
    return {path.name.split("-")[0].replace("_", "-"): path for path in folder.glob("*.whl")}


@pytest.fixture
def environment(tmp_path):
    """The folder of an empty environment."""
    folder = tmp_path / "environment"
    output_of(program("uv"), "venv", "--quiet", "--python", program("python"), folder)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.usefixtures("user_folder")
@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_works_alone_and_brings_only_what_it_needs(
    tool, wheels, environment, python_examples
):
    case, python = CASES[tool], environment / "bin" / "python"
    install = [program("uv"), "pip", "install", "--quiet", "--python", python]
    locked = ["--constraint", ROOT / "requirements.lock"]
    output_of(*install, *locked, wheels["gld-shared"], wheels[tool])
    find = (
        f"from importlib.util import find_spec; print([n for n in {case.absent} if find_spec(n)])"
    )
    assert output_of(python, "-c", find) == "[]\n"
    output_of(environment / "bin" / tool, "--help")
    versions = output_of(environment / "bin" / tool, "--version", "-v").split()
    assert versions[0] == tool
    assert {"numpy", "polars", "zarr"} < set(versions)
    assert ("torch" in versions) == ("torch" not in case.absent)
    name, *arguments = case.command.split()
    output_of(environment / "bin" / name, *arguments)
    # Later examples may use another tool beside this one.
    first_example = python_examples(ROOT / tool / "README.md")[0]
    output_of(python, "-c", first_example)
    if tool == "gld-eval":
        report = ["--report", "r.html", "--list", "lists/queries.tsv", "--list", "lists/index.tsv"]
        output_of(environment / "bin" / name, *arguments, *report)
        assert run(
            environment / "bin" / name, *arguments, *report, "--images", "photos"
        ).stderr == (
            "Error: --images: the packages that read images are not installed (No module named "
            "'PIL'); pip install 'gld-eval[images]'\n"
        )
    if tool in ("gld-search", "gld-rerank"):
        assert run(environment / "bin" / name, *arguments, "--device", "cuda").stderr == (
            "Error: --device cuda: torch is not installed; "
            "pip install torch, or the extra gpu, as in gld-search[gpu]\n"
        )
    if tool == "gld-search":
        assert run(environment / "bin" / name, *arguments, "--factory", "Flat").stderr == (
            "Error: approximate search: faiss cannot be imported (No module named 'faiss'); pip "
            "install faiss-cpu, or the extra approximate, as in gld-search[approximate]\n"
        )
