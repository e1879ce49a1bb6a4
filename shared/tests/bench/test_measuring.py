"""Benchmarks are measured in processes of their own, which leave nothing behind."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from gld_shared.testing.child_processes import children_of, wait_for_end

from .measured import BENCH


def test_every_stage_can_be_made_at_a_size():
    from growth.stages import GPU_STAGES, STAGES

    for stage in (*STAGES.values(), *GPU_STAGES.values()):
        module = (BENCH / stage.module.replace(".", "/")).with_suffix(".py")
        assert "def of_size(" in module.read_text(), stage
        assert list(stage.sizes) == sorted(stage.sizes)


def test_the_seconds_that_a_variant_returns_count_and_other_numbers_do_not():
    from measure import Benchmark, Seconds, measure

    variants = {"ours": lambda: 7.0, "plain": lambda: Seconds(5.0)}
    measured = measure(Benchmark("x", "rows", 1, variants, {}), 2)
    assert measured.seconds["plain"] == 5.0
    assert measured.seconds["ours"] < 1.0


def test_benchmarks_are_measured_in_a_process_of_their_own(tmp_path, monkeypatch):
    from isolated import entry, measure_apart

    (tmp_path / "tiny.py").write_text(
        "import os\n"
        "from measure import Benchmark\n"
        "def benchmark():\n"
        "    return Benchmark('x', 'rows', os.getpid(), {'ours': int}, {'ours': 'nothing'})\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    (found,) = measure_apart(partial(entry, "tiny"), 1)
    assert (found.bench, found.variant) == ("x", "ours")
    assert found.items != os.getpid()


def test_the_temporary_files_of_benchmarks_are_removed(tmp_path, monkeypatch):
    from isolated import entry, measure_apart

    (tmp_path / "messy.py").write_text(
        "import tempfile\n"
        "from measure import Benchmark\n"
        "def benchmark():\n"
        "    folder = tempfile.mkdtemp()\n"
        "    return Benchmark('x', 'rows', 1, {'ours': int}, {'ours': folder})\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    (found,) = measure_apart(partial(entry, "messy"), 1)
    assert Path(found.what).is_absolute()
    assert not Path(found.what).parent.exists()


SLEEPING = """
import subprocess
from functools import partial
from pathlib import Path

from isolated import entry, measure_apart
from measure import Benchmark


def benchmark():
    return Benchmark("x", "rows", 1, {"ours": sleep}, {"ours": "sleeps"})


def sleep():
    started = subprocess.Popen(["sleep", "600"])
    Path("started").write_text(str(started.pid))
    Path("started").rename("measuring")
    started.wait()


if __name__ == "__main__":
    measure_apart(partial(entry, "sleeping"), 1)
"""


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGTERM, 128 + signal.SIGTERM),
        (signal.SIGHUP, 128 + signal.SIGHUP),
        (signal.SIGINT, 128 + signal.SIGINT),
        (signal.SIGKILL, -signal.SIGKILL),
    ],
)
def test_an_ended_bench_leaves_no_process_behind(tmp_path, number, code):
    (tmp_path / "sleeping.py").write_text(SLEEPING)
    (tmp_path / "temporary").mkdir()
    process = subprocess.Popen(
        [sys.executable, "sleeping.py"],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": f"{BENCH}:{os.environ.get('PYTHONPATH', '')}",
            "TMPDIR": str(tmp_path / "temporary"),
        },
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (tmp_path / "measuring").exists() and process.poll() is None:
        time.sleep(0.05)
    children, started = children_of(process.pid), int((tmp_path / "measuring").read_text())
    assert children
    process.send_signal(number)
    assert process.wait(timeout=20) == code
    wait_for_end(children)
    if number == signal.SIGKILL:
        os.kill(started, signal.SIGKILL)
    wait_for_end([started])
    _, stderr = process.communicate()
    if number != signal.SIGKILL:
        assert (stderr, list((tmp_path / "temporary").iterdir())) == ("", [])
