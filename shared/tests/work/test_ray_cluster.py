"""Work on a Ray cluster, simulated by processes of this machine."""

import logging
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
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

# Other work, which holds a CPU of the machine that has so many.
OTHER_WORK = """
import sys, time, ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy
ray.init(log_to_driver=False)
[name] = [n["NodeID"] for n in ray.nodes() if n["Resources"].get("CPU") == float(sys.argv[1])]
@ray.remote(num_cpus=1, scheduling_strategy=NodeAffinitySchedulingStrategy(name, soft=False))
class Other:
    def begin(self): return "begun"
other = Other.remote()
print(ray.get(other.begin.remote()), flush=True)
time.sleep(float(sys.argv[2]))
"""


class Made:
    """An output of one file, without chunks."""

    chunks = 0

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def finished(self):
        return self.path.exists()


@pytest.fixture(autouse=True)
def warnings_alone(caplog):
    """Capture nothing less, whatever level other tests have left behind."""
    caplog.set_level(logging.WARNING, "gld_shared.work.engines")


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


@contextmanager
def other_work(cluster, cpus, seconds):
    """Hold a CPU of the machine that has so many."""
    command = [sys.executable, "-c", OTHER_WORK, str(cpus), str(seconds)]
    environment = {**os.environ, "RAY_ADDRESS": cluster.address}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        while process.stdout.readline() != "begun\n":
            assert process.poll() is None
        yield
        process.kill()


def test_a_machine_whose_cpus_are_busy(tmp_path, cluster, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    with other_work(cluster, cpus=1, seconds=15):
        run(lambda _: Path(os.environ["OMP_NUM_THREADS"]).touch(), Path("1"), cluster, monkeypatch)
    assert caplog.messages == [
        "no process has begun in 10 s: 0 of 1 CPUs and 0 of 0 GPUs of the Ray cluster are free; a "
        "process needs a GPU, or a CPU of a machine without GPUs, and begins when other work on "
        "the cluster, which `ray status` shows, has freed it"
    ]


def test_a_machine_with_one_free_cpu_takes_part(tmp_path, cluster, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cluster.add_node(num_cpus=2)
    with other_work(cluster, cpus=2, seconds=600):
        run(lambda _: Path(os.environ["OMP_NUM_THREADS"]).touch(), Path("2"), cluster, monkeypatch)


def test_a_machine_with_a_gpu_and_no_cpu_takes_part(tmp_path, cluster, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cluster.add_node(num_cpus=0, num_gpus=1)
    with other_work(cluster, cpus=1, seconds=600):
        run(lambda _: Path("x").touch(), Path("x"), cluster, monkeypatch)
