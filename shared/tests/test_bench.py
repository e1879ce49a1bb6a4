"""What `make bench` does with what it measured: tables, growth, comparison, picture."""

import json
import os
from functools import partial
from pathlib import Path

import pytest

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


def test_another_file_is_not_taken_for_results(tmp_path):
    from growth.results import read_results

    path = tmp_path / "r.json"
    path.write_text(json.dumps({"format": "gld-list/1"}))
    with pytest.raises(ValueError) as error:
        read_results(path)
    assert str(error.value) == f"{path}: expected the results of make bench, format gld-bench/1"


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
    from bench import compare_with_kept
    from growth.results import write_results

    path = tmp_path / "r.json"
    kept = results(("eval", 500, "ours", 1.0), ("eval", 500, "plain", 10.0))
    write_results(path, kept.machine, kept.rows)
    assert compare_with_kept(path, kept) == 0
    fresh = results(("eval", 500, "ours", 2.0), ("eval", 500, "plain", 10.0))
    assert compare_with_kept(path, fresh) == 1
    assert capsys.readouterr().out.splitlines()[2:] == [
        "eval 500: 5.00 x plain, kept 10.00 (-50%, fell)",
        "1 of 1 ratios fell by more than 20%",
    ]


def test_a_machine_without_results_ends_the_check_with_1(tmp_path, capsys):
    from bench import compare_with_kept

    assert compare_with_kept(tmp_path / "r.json", results()) == 1
    assert capsys.readouterr().out == (
        f"{tmp_path / 'r.json'}: not found, so there is nothing to compare with; "
        "`make bench` measures this machine\n"
    )


def test_nothing_in_common_ends_the_check_with_1(tmp_path, capsys):
    from bench import compare_with_kept
    from growth.results import write_results

    write_results(tmp_path / "r.json", "a CPU, 2 cores", [])
    fresh = results(("eval", 500, "ours", 2.0), ("eval", 500, "plain", 10.0))
    assert compare_with_kept(tmp_path / "r.json", fresh) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"eval 500: not in {tmp_path / 'r.json'}",
        "no ratio could be compared",
    ]


def test_every_stage_can_be_made_at_a_size():
    from growth.stages import STAGES

    for stage in STAGES.values():
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
