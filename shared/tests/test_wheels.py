"""The seven distributions: one version, and complete wheels and source archives."""

import re
import subprocess
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from gld_shared.testing import TOOLS, program

ROOT = Path(__file__).parents[2]
MEMBERS = ("shared", *TOOLS)
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def build(*arguments):
    """Run ``uv build`` without asking a package index."""
    command = [program("uv"), "build", "--quiet", "--offline", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """The folder of all wheels and source archives."""
    folder = tmp_path_factory.mktemp("dist")
    build("--all-packages", ROOT, "--out-dir", folder)
    return folder


def name_of(member):
    return "gld_shared" if member == "shared" else member.replace("-", "_")


@pytest.mark.parametrize("member", MEMBERS)
def test_one_version_for_all(member):
    text = (ROOT / member / "pyproject.toml").read_text()
    own = tomllib.loads(text)["project"]["version"]
    required = re.findall(r'"gld-shared(?:\[[\w,]+\])?==([^"]+)"', text)
    assert {own, *required} == {VERSION}, f"make version VERSION={VERSION} writes it everywhere"
    assert bool(required) == (member != "shared"), "a tool needs the gld-shared of its version"


@pytest.mark.parametrize("member", MEMBERS)
def test_a_wheel_holds_the_package_its_types_and_the_licence(member, dist):
    name = name_of(member)
    with zipfile.ZipFile(dist / f"{name}-{VERSION}-py3-none-any.whl") as wheel:
        names = wheel.namelist()
        metadata = wheel.read(f"{name}-{VERSION}.dist-info/METADATA").decode()
    assert {part.partition("/")[0] for part in names} == {name, f"{name}-{VERSION}.dist-info"}
    source = ROOT / member / "src"
    code = {str(path.relative_to(source)) for path in source.rglob("*.py")}
    assert {*code, f"{name}/py.typed"} <= set(names)
    assert f"{name}-{VERSION}.dist-info/licenses/LICENSE" in names
    assert "\nLicense-Expression: Apache-2.0\n" in metadata
    assert "\nClassifier: Typing :: Typed\n" in metadata


@pytest.mark.parametrize("member", MEMBERS)
def test_a_source_archive_makes_the_same_wheel(member, dist, tmp_path):
    name = name_of(member)
    with tarfile.open(dist / f"{name}-{VERSION}.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    build("--wheel", tmp_path / f"{name}-{VERSION}", "--out-dir", tmp_path)
    wheel = f"{name}-{VERSION}-py3-none-any.whl"
    assert (tmp_path / wheel).read_bytes() == (dist / wheel).read_bytes()
