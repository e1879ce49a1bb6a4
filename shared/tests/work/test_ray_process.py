"""One process of a Ray cluster, which needs no Ray here."""

import platform
from pathlib import Path

import pytest
from gld_shared.errors import DataError
from gld_shared.work.engines.ray_cluster import Process


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Give the working folder and the number of threads back after a test."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_work_is_done_in_the_folder_of_the_command(folder):
    (folder / "there").mkdir()
    error = Process(2).run(folder / "there", lambda device: Path("x").write_text(device), "cpu")
    assert error is None
    assert (folder / "there" / "x").read_text() == "cpu"


def test_a_machine_without_the_folder_of_the_command():
    error = Process(2).run(Path("/none/here"), lambda device: Path("x").write_text(device), "cpu")
    assert isinstance(error, DataError)
    assert str(error) == (
        f"/none/here: No such file or directory on the machine {platform.node()}, expected the "
        "folder in which the command was started; start it in one that all machines have"
    )
    assert not Path("x").exists()


def test_a_machine_with_a_gpu_but_without_torch_uses_its_cpus(folder, monkeypatch):
    monkeypatch.setattr("gld_shared.devices._driver_is_loaded", lambda: True)
    monkeypatch.setattr("gld_shared.devices._has_torch", lambda: False)
    assert Process(2).run(folder, lambda device: Path("x").write_text(device), "auto") is None
    assert Path("x").read_text() == "cpu"
