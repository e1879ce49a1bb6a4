"""The fuzzer: a few inputs for every reader."""

import subprocess
from pathlib import Path

from gld_shared.testing import program

FUZZ = Path(__file__).parents[1] / "fuzz"
READERS = (
    *("list", "truth", "neighbours", "history (--verify)", "compressed tables (gz)"),
    *("compressed tables (zst)", "checkpoint", "store", "TOML", "--set", "official CSVs and JSON"),
    *("HTTP answers (download)", "HTTP answers (images)", "images", "tars", "options' values"),
)


def test_a_few_inputs_for_every_reader(tmp_path):
    done = subprocess.run(
        [program("python"), FUZZ / "fuzz.py", "--inputs", "100", "--workers", "1"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    rows = [line.strip("| ").split(" | ") for line in done.stdout.splitlines()[2:]]
    assert [name for name, *_ in rows] == [*READERS, "all"], done.stderr
    assert all(int(inputs) >= 1 for _, inputs, *_ in rows)
