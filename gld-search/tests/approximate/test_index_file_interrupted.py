"""Index files whose making is interrupted, fails, or meets another process."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from gld_search.approximate import index_file, sidecar
from gld_search.approximate.import_faiss import import_faiss
from gld_search.approximate.sidecar import description_of
from gld_shared.file_lock import locked
from gld_shared.testing import program, run

from .commands import IVF, THREE, TWO, WHOLE, done, files_here, refused

pytestmark = pytest.mark.usefixtures("folder")


def test_an_interrupted_build_leaves_nothing(monkeypatch):
    def interrupted(index, *_):
        index.train(np.eye(16, dtype=np.float32))
        raise KeyboardInterrupt

    monkeypatch.setattr("gld_search.approximate.build.add", interrupted)
    result = run([*WHOLE, "--factory", "Flat"])
    assert (result.exit_code, result.stderr) == (130, "\nError: interrupted\n")
    assert files_here() == set()


def test_a_full_disk_leaves_the_old_file(monkeypatch):
    done(*TWO, "--factory", IVF)
    before = {name: Path(name).read_bytes() for name in files_here()}
    faiss = import_faiss()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(faiss, "write_index", full)
    assert refused(*THREE, "--append").startswith("Error: i.faiss: ")
    assert {name: Path(name).read_bytes() for name in files_here()} == before


def test_a_process_that_dies_between_the_two_files_leaves_a_usable_pair(monkeypatch):
    """The sidecar is written first, for the old file and the new; then the file is replaced."""
    done(*TWO, "--factory", IVF)
    old = Path("i.faiss").read_bytes()
    sidecars = []

    def note(file, files):
        sidecar.write_sidecar(file, files)
        sidecars.append((Path("i.faiss").read_bytes(), Path("i.faiss.json").read_bytes()))

    monkeypatch.setattr(index_file, "write_sidecar", note)
    rows = done(*THREE, "--append")[1:]
    new = Path("i.faiss").read_bytes()
    assert [data for data, _ in sidecars] == [old, new]
    between = sidecars[0][1]
    for data, command in ((old, TWO), (new, THREE)):
        Path("i.faiss").write_bytes(data)
        Path("i.faiss.json").write_bytes(between)
        found = done(*command)[1:]
        assert (found == rows) == (command is THREE)


def test_the_next_search_completes_what_a_killed_process_left():
    done(*TWO, "--factory", IVF)
    written = {name: Path(name).read_bytes() for name in files_here()}
    description = description_of(Path("i.faiss"))
    # As if it were killed as soon as it had replaced another file.
    sidecar.write_sidecar(Path("i.faiss"), [{**description, "sha256": "0" * 64}, description])
    for left in (".i.faiss.lock", ".i.faiss.json.0123abcd", ".i.faiss.4567abcd"):
        Path(left).touch()
    done(*TWO)
    assert {name: Path(name).read_bytes() for name in files_here()} == written


def run_first(monkeypatch, name, *command):
    """Let another command end after a function of ``index_file`` has returned, or before it."""
    function = getattr(index_file, name)

    def delayed(*arguments):
        monkeypatch.setattr(index_file, name, function)
        result = function(*arguments)
        subprocess.run([program("gld-search"), *command], check=True, capture_output=True)
        return result

    monkeypatch.setattr(index_file, name, delayed)


@pytest.mark.parametrize("step", ["description_of", "check_unchanged"])
def test_a_file_that_another_process_extends_meanwhile_is_not_replaced(monkeypatch, step):
    done(*TWO, "--factory", "Flat")
    run_first(monkeypatch, step, *THREE[1:], "--append")
    assert refused(*THREE, "--append") == (
        "Error: i.faiss: another process has written it meanwhile; run the same command again"
    )
    assert len(done(*THREE)) > 2


def test_a_file_that_another_process_builds_meanwhile_is_used(monkeypatch):
    run_first(monkeypatch, "writing_alone", *WHOLE[1:], "--factory", "Flat")
    done(*WHOLE, "--factory", "Flat")
    built = Path("i.faiss").stat()
    done(*WHOLE)
    assert Path("i.faiss").stat() == built


def test_another_process_that_writes_the_file():
    command = [program("gld-search"), *WHOLE[1:], "--factory", "Flat"]
    with locked(Path(".i.faiss.lock"), "busy"):
        result = subprocess.run(command, capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (
        1,
        "Error: i.faiss: another process writes it; wait until it ends, or name another "
        "--index-file\n",
    )
