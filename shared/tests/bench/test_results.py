"""The results of benchmarks: as a table, in a file, as exponents of growth, and as a picture."""

import json

import pytest
from gld_shared.errors import DataError

from .measured import BENCH, results, row


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
