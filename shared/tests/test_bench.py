"""What `make bench` does with what it measured: tables, growth, comparison, picture."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from gld_shared.errors import DataError
from gld_shared.testing.child_processes import children_of, wait_for_end

BENCH = Path(__file__).parents[1] / "bench"


@pytest.fixture(autouse=True)
def bench_modules(monkeypatch):
    monkeypatch.syspath_prepend(BENCH)


def row(stage, size, variant, seconds, items=100):
    from rows import Row

    what = f"what {variant} is"
    return Row(f"{stage} {size:,}", stage, size, variant, seconds, items, "rows", what)


def results(*rows):
    from growth.results import Results

    return Results("a CPU, 2 cores", [row(*cells) for cells in rows])


def test_the_table_has_rates_and_ratios_to_ours():
    from rows import table

    rows = [row("eval", 1_000, "ours", 0.5), row("eval", 1_000, "plain", 20.0)]
    assert table(rows) == [
        ["bench", "variant", "seconds", "rate", "ours is x times as fast", "what"],
        ["eval 1,000", "ours", "0.5000", "200 rows/s", "1.00", "what ours is"],
        ["eval 1,000", "plain", "20.0000", "5.0 rows/s", "40.00", "what plain is"],
    ]


def test_results_are_read_as_they_were_written(tmp_path):
    from growth.results import read_results, write_results

    kept = results(("eval", 500, "ours", 0.5), ("eval", 500, "limit", 0.1))
    write_results(tmp_path / "r.json", kept.machine, kept.rows)
    assert read_results(tmp_path / "r.json") == kept


KEPT = {
    **{"bench": "eval 500", "stage": "eval", "size": 500, "variant": "ours"},
    **{"seconds": 0.5, "items": 100, "unit": "rows", "what": "what ours is"},
}
KEYS = "bench, stage, size, variant, seconds, items, unit, what"
AGAIN = "restore it from version control, or measure again by `make bench`"


def kept_file(path, *rows, **head):
    found = {"format": "gld-bench/1", "machine": "a CPU, 2 cores", "rows": list(rows), **head}
    path.write_text(json.dumps(found))


def without(key):
    return {name: value for name, value in KEPT.items() if name != key}


@pytest.mark.parametrize(
    ("rows", "head", "message"),
    [
        ([], {"format": "gld-list/1"}, "expected the results of make bench, format gld-bench/1"),
        ([], {"machine": 7}, f"expected a machine and rows; {AGAIN}"),
        ([], {"rows": {}}, f"expected a machine and rows; {AGAIN}"),
        ([KEPT, without("stage")], {}, f"row 2: expected {KEYS}; {AGAIN}"),
        ([{**KEPT, "more": 1}], {}, f"row 1: expected {KEYS}; {AGAIN}"),
        ([[1, 2]], {}, f"row 1: expected {KEYS}; {AGAIN}"),
        (
            [{**KEPT, "seconds": "0.5"}],
            {},
            f"row 1: seconds is '0.5', expected a number above 0; {AGAIN}",
        ),
        ([{**KEPT, "seconds": 0}], {}, f"row 1: seconds is 0, expected a number above 0; {AGAIN}"),
        ([{**KEPT, "unit": None}], {}, f"row 1: unit is None, expected text; {AGAIN}"),
    ],
)
def test_another_file_is_not_taken_for_results(tmp_path, rows, head, message):
    from growth.results import read_results

    path = tmp_path / "r.json"
    kept_file(path, *rows, **head)
    with pytest.raises(DataError) as error:
        read_results(path)
    assert str(error.value) == f"{path}: {message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "not JSON: Expecting value: line 1 column 1 (char 0)"),
        (b'{"format": "gld-be', "not JSON: Unterminated string starting at: line 1 column 12"),
        (b"{\xff}", "not JSON: 'utf-8' codec can't decode byte 0xff in position 1"),
        (b"[]", "expected the results of make bench, format gld-bench/1"),
    ],
)
def test_a_damaged_file_ends_the_check_before_anything_is_measured(
    tmp_path, monkeypatch, text, message
):
    import bench

    monkeypatch.setattr(bench, "measured", pytest.fail)
    path = tmp_path / "r.json"
    path.write_bytes(text)
    with pytest.raises(SystemExit) as ended:
        bench.main(["--check", "-o", str(path)])
    assert str(ended.value).startswith(f"Error: {path}: {message}")
    assert "\n" not in str(ended.value)


def test_a_machine_names_its_file():
    from growth.results import results_path

    path = results_path("Intel(R) Xeon(R) Processor with AMX, 2 cores")
    assert path == BENCH / "results" / "growth-intel-xeon-processor-with-amx-2-cores.json"


@pytest.mark.parametrize("power", [0.5, 1, 2])
def test_the_exponent_of_a_power_is_found(power):
    from growth.exponents import exponent

    assert exponent({size: 3 * size**power for size in (10, 100, 700)}) == pytest.approx(power)


def test_one_size_has_no_exponent():
    from growth.exponents import exponent

    with pytest.raises(ValueError, match=r"^expected at least two sizes, found 1$"):
        exponent({10: 1.0})


def test_ratios_are_compared_size_by_size():
    from growth.compare import changes, not_compared

    kept = results(
        *(("eval", 500, "ours", 1.0), ("eval", 500, "plain", 10.0), ("eval", 500, "limit", 0.5)),
        *(("read", 100, "ours", 1.0), ("read", 100, "plain", 2.0), ("read", 100, "limit", 0.09)),
    )
    fresh = results(
        *(("eval", 500, "ours", 2.0), ("eval", 500, "plain", 15.9), ("eval", 500, "limit", 0.9)),
        *(("read", 100, "ours", 1.0), ("read", 100, "plain", 3.0), ("read", 100, "limit", 0.01)),
        *(("check", 60, "ours", 1.0), ("check", 60, "plain", 3.0)),
    )
    assert [str(change) for change in changes(kept, fresh)] == [
        "eval 500: 7.95 x plain, kept 10.00 (-20%, fell)",
        "eval 500: 0.45 x limit, kept 0.50 (-10%)",
        "read 100: 3.00 x plain, kept 2.00 (+50%)",
    ]
    assert not_compared(kept, fresh) == ["check 60"]


def test_a_fall_ends_the_check_with_1(tmp_path, capsys):
    from bench import compare

    path = tmp_path / "r.json"
    kept = results(("eval", 500, "ours", 1.0), ("eval", 500, "plain", 10.0))
    assert compare(kept, kept, path) == 0
    fresh = results(("eval", 500, "ours", 2.0), ("eval", 500, "plain", 10.0))
    assert compare(kept, fresh, path) == 1
    assert capsys.readouterr().out.splitlines()[2:] == [
        "eval 500: 5.00 x plain, kept 10.00 (-50%, fell)",
        "1 of 1 ratios fell by more than 20%",
    ]


def test_a_fall_of_some_rounds_only_is_within_the_noise(tmp_path, capsys):
    from bench import compare
    from growth.results import Results
    from rows import Row

    def rounds(variant, *seconds):
        job = ("eval 500", "eval", 500, variant)
        return Row(*job, min(seconds), 100, "rows", f"what {variant} is", seconds)

    path = tmp_path / "r.json"
    kept = results(("eval", 500, "ours", 1.0), ("eval", 500, "plain", 10.0))
    plain = rounds("plain", 12.0, 9.0, 10.0)
    noisy = Results("a CPU, 2 cores", [rounds("ours", 3.0, 2.0, 1.25), plain])
    assert compare(kept, noisy, path) == 0
    slower = Results("a CPU, 2 cores", [rounds("ours", 3.0, 2.0, 1.3), plain])
    assert compare(kept, slower, path) == 1
    assert capsys.readouterr().out.splitlines() == [
        "eval 500: 7.20 x plain, kept 10.00 (-28%, within the noise: rounds from 4.00 to 8.00)",
        "0 of 1 ratios fell by more than 20%",
        "eval 500: 6.92 x plain, kept 10.00 (-31%, fell)",
        "1 of 1 ratios fell by more than 20%",
    ]


def test_a_check_on_a_busy_machine_says_so(monkeypatch):
    import machine

    monkeypatch.setattr("os.sched_getaffinity", lambda process: {0, 1})
    monkeypatch.setattr("os.getloadavg", lambda: (1.0, 0, 0))
    assert machine.distortion() is None
    monkeypatch.setattr("os.getloadavg", lambda: (9.6, 0, 0))
    assert machine.distortion() == (
        "other programs had a load of 9.6 on 2 cores at the beginning, which distorts the ratios: "
        "check again on an idle machine"
    )


def test_the_times_of_all_rounds_are_measured():
    from measure import Benchmark, Seconds, measure

    seconds = iter((3.0, 1.0, 2.0))
    variants = {"ours": lambda: Seconds(next(seconds)), "plain": lambda: 7.0}
    measured = measure(Benchmark("x", "rows", 1, variants, {}), 3)
    assert measured.rounds["ours"] == [3.0, 1.0, 2.0]
    assert measured.seconds["ours"] == 1.0
    assert len(measured.rounds["plain"]) == 3


def test_a_machine_without_results_ends_the_check_at_once(tmp_path, monkeypatch):
    import bench

    monkeypatch.setattr(bench, "measured", pytest.fail)
    with pytest.raises(SystemExit) as ended:
        bench.main(["--check", "-o", str(tmp_path / "r.json")])
    assert ended.value.code == (
        f"Error: {tmp_path / 'r.json'}: not found, so there is nothing to compare with; "
        "`make bench` measures this machine"
    )


def test_nothing_in_common_ends_the_check_with_1(tmp_path, capsys):
    from bench import compare

    fresh = results(("eval", 500, "ours", 2.0), ("eval", 500, "plain", 10.0))
    assert compare(results(), fresh, tmp_path / "r.json") == 1
    assert capsys.readouterr().out.splitlines() == [
        f"eval 500: not in {tmp_path / 'r.json'}",
        "no ratio could be compared",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "unknown nonsense; expected some of lists check decode"),
        (["--gpu", "lists"], "unknown lists; expected some of embed-r50 embed-se train-r50"),
        (["--rounds", "0"], "--rounds 0: expected 1 or more"),
        (["--plot", "no/such.png"], "no/such.png: its folder does not exist; mkdir -p no"),
    ],
)
def test_wrong_arguments_are_usage_errors(capsys, arguments, message):
    import bench

    with pytest.raises(SystemExit) as ended:
        bench.main(arguments)
    assert ended.value.code == 2
    assert f"error: {message}" in capsys.readouterr().err


def test_without_a_gpu_the_bench_of_a_gpu_says_so(monkeypatch):
    import bench

    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(SystemExit) as ended:
        bench.main(["--gpu"])
    assert str(ended.value).startswith("Error: no GPU to measure on: ")


@pytest.fixture
def gpu_bench(monkeypatch):
    """bench.main for stages of a GPU, on this CPU: the function takes stages and arguments."""
    import bench
    import machine
    from measure import measure
    from rows import rows_of

    def in_this_process(make, rounds):
        return [row for benchmark in make() for row in rows_of(measure(benchmark, rounds))]

    def main(stages, *arguments):
        monkeypatch.setattr(bench, "GPU_STAGES", stages)
        monkeypatch.setattr(bench, "choose_device", lambda name: name)
        monkeypatch.setattr(machine, "_gpu_name", lambda: "Some GPU")
        monkeypatch.setattr(bench, "measure_apart", in_this_process)
        with pytest.raises(SystemExit) as ended:
            bench.main(["--gpu", *arguments])
        return ended.value.code

    return main


def test_the_bench_of_a_gpu_keeps_its_results_as_the_other_does(tmp_path, gpu_bench, capsys):
    from growth.results import read_results, write_results
    from growth.stages import Stage

    stages = {"search": Stage("gpu.searching", (200, 300, 400), "images", ("cpu",))}
    path, picture = tmp_path / "r.json", tmp_path / "growth.png"
    assert gpu_bench(stages, "-o", str(path), "--plot", str(picture)) == 0
    kept = read_results(path)
    assert kept.machine.startswith("Some GPU, ")
    assert list(kept.seconds("search", "ours")) == [200, 300, 400]
    assert set(kept.speedups("search", "limit")) == {200, 300, 400}
    lines = path.with_suffix(".tsv").read_text().splitlines()
    assert lines[0].startswith("# Some GPU, ")
    assert [line.split("\t")[0] for line in lines[2::3]] == [
        "search 200",
        "search 300",
        "search 400",
    ]
    assert picture.read_bytes().startswith(b"\x89PNG")
    write_results(
        path, "another", [row("search", 300, v, s) for v, s in (("ours", 1), ("plain", 9))]
    )
    capsys.readouterr()
    gpu_bench(stages, "--check", "-o", str(path))
    assert re.search(r"^search 300: .* x plain, kept 9.00 ", capsys.readouterr().out, re.MULTILINE)


@pytest.mark.slow
def test_every_stage_of_a_gpu_gives_the_rates_of_the_plan(tmp_path, gpu_bench):
    from dataclasses import replace

    from growth.stages import GPU_STAGES
    from planning.rates import read_rates

    # An embedding is timed from the first of three chunks on, of 64 images each.
    sizes = {"embed": (192, 224, 256), "train": (2, 4, 6), "search": (200, 300, 400)}
    stages = {
        name: replace(
            stage,
            sizes=sizes[name.partition("-")[0]],
            arguments=(*(32 if type(a) is int else a for a in stage.arguments), "cpu"),
        )
        for name, stage in GPU_STAGES.items()
    }
    assert gpu_bench(stages, "-o", str(tmp_path / "r.json")) == 0
    rates = read_rates(tmp_path / "r.tsv")
    assert min(rates.training, rates.embedding, rates.photographs, rates.pairs) > 0


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


def test_the_picture_is_a_png_with_a_panel_a_stage(tmp_path):
    pytest.importorskip("matplotlib")
    from growth.plot import plot

    measured = results(
        *(("eval", size, "ours", size / 1e3) for size in (500, 5_000, 50_000)),
        *(("read", size, "plain", size / 1e2) for size in (1_000, 4_000, 16_000)),
        *(("read", size, "ours", size / 1e3) for size in (1_000, 4_000, 16_000)),
    )
    plot(measured, tmp_path / "growth.png")
    assert (tmp_path / "growth.png").read_bytes().startswith(b"\x89PNG")
