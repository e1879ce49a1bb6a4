"""Work on a Ray cluster, simulated by processes of this machine."""

import os
import signal
from pathlib import Path

import pytest
from gld_shared.errors import DataError
from gld_shared.progress import silent
from gld_shared.work.engines.ray_cluster import run_on_ray

pytestmark = [
    pytest.mark.slow,
    # Ray's own warnings, about its open files, child processes and future changes.
    pytest.mark.filterwarnings("ignore"),
]


class Made:
    """An output of one file, without chunks."""

    chunks = 0

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def finished(self):
        return self.path.exists()


def run(work, output, cluster, monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", cluster.address)
    run_on_ray(work, Made(output), silent, "gld[ray]")


def test_a_process_that_always_dies(tmp_path, cluster, monkeypatch, caplog):
    begun = tmp_path / "begun"

    # Ray sends functions within functions as code, so that its processes need not import this.
    def die(device):
        with begun.open("a") as file:
            file.write(f"{device}\n")
        os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(DataError, match="no machine of the Ray cluster is left that can work: "):
        run(die, tmp_path / "x", cluster, monkeypatch)
    assert begun.read_text() == "cpu\n" * 3
    tries = [message.partition(":")[0].partition(" lost ")[2] for message in caplog.messages]
    assert tries == [f"a process ({number} of 3 tries)" for number in (1, 2, 3)]


def test_relative_paths_start_from_the_folder_of_the_command(tmp_path, cluster, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def make(device):
        Path("x").write_text(device)

    run(make, Path("x"), cluster, monkeypatch)
    assert (tmp_path / "x").read_text() == "cpu"
