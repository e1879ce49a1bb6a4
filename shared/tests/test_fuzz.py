"""The fuzzer: its mutations, its verdicts, its limits, and a few inputs for every reader."""

import importlib
import io
import subprocess
import tarfile
from pathlib import Path
from random import Random

import pytest
from gld_shared.testing import program, small_list
from hypothesis import given
from hypothesis import strategies as st

FUZZ = Path(__file__).parents[1] / "fuzz"
READERS = (
    *("list", "truth", "neighbours", "history (--verify)", "compressed tables (gz)"),
    *("compressed tables (zst)", "predictions", "ground truth (pickle)", "baseline"),
    *(
        "list of a report",
        "TREC and Kaggle",
        "checkpoint",
        "store",
        "graphs and tags",
        "index files",
    ),
    *("keypoints and inliers", "TOML", "--set", "official CSVs and JSON"),
    *("HTTP answers (download)", "HTTP answers (images)", "images", "tars", "options' values"),
)


@pytest.fixture(scope="module")
def module():
    """Return a function that imports a module of the fuzzer, which is no installed package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FUZZ))
        yield importlib.import_module


def test_a_few_inputs_for_every_reader(tmp_path):
    done = subprocess.run(
        [program("python"), FUZZ / "fuzz.py", "--inputs", "24", "--workers", "2"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    rows = [line.strip("| ").split(" | ") for line in done.stdout.splitlines()[2:]]
    assert [name for name, *_ in rows] == [*READERS, "all"], done.stderr
    assert all(int(inputs) >= 1 for _, inputs, *_ in rows)
    assert {findings for *_, findings, _ in rows} == {"0"}, done.stderr


TABLE = b'#{"format": "gld-list/1", "history": []}\nid\tpath\na\ta.jpg\nb\tb.jpg\n'


@given(data=st.one_of(st.binary(max_size=3000), st.just(TABLE)), seed=st.integers(0, 99))
def test_mutations_take_any_bytes_and_depend_on_the_seed_alone(module, data, seed):
    groups = [("raw_bytes", "RAW_BYTES"), ("lines", "LINES"), ("tar", "TAR"), ("http", "HTTP"),
              ("safetensors", "SAFETENSORS")]  # fmt: skip
    mutations = [m for name, group in groups for m in getattr(module(f"mutations.{name}"), group)]
    mutations += [module("mutations.png").change_chunk, module("mutations.json_text").json_header]
    pickled = module("mutations.pickled")
    mutations += [pickled.pickled_values, pickled.pickled_instruction]
    for mutation in mutations:
        changed = mutation(data, Random(seed))
        assert isinstance(changed, bytes)
        # Compression records the time.
        if mutation.__name__ != "change_encoding":
            assert changed == mutation(data, Random(seed))


def test_mutated_json_differs_in_types_values_and_keys(module):
    text = '{"format": "x", "history": [{"tool": "t", "inputs": []}]}'
    mutate = module("mutations.json_text").mutate_json
    changed = {mutate(text, Random(seed)) for seed in range(300)}
    assert len(changed) > 150
    assert any("[[[[" in other for other in changed)
    assert any(other.count('"history"') == 2 for other in changed)


def test_a_tar_keeps_valid_checksums(module):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("a.jpg"))
    changed = module("mutations.tar").change_header(stream.getvalue(), Random(3))
    assert changed != stream.getvalue()
    header = bytearray(changed[:512])
    stated = int(bytes(header[148:154]), 8)
    header[148:156] = b" " * 8
    assert sum(header) == stated


CASES = [
    ({"stderr": "Error: a.tsv: broken\n"}, None),
    ({"stderr": ""}, "0 error lines, exit 1: ''"),
    ({"stderr": "Error: a\nError: b\n"}, "2 error lines, exit 1: 'Error: a\\nError: b\\n'"),
    ({"stderr": "Traceback (most recent call last)\nKeyError: 1\n"}, "traceback: KeyError: 1"),
    ({"stderr": "Error: \x1b[31m\n"}, "raw character U+001B: 'Error: \\x1b[31m\\n'"),
    ({"stderr": "Error: \u202ex\n"}, "raw character U+202E: 'Error: \\u202ex\\n'"),
    ({"stderr": "Error: a\n", "noise": "libpng error\n"},
     "text of a library on stderr: 'libpng error\\n'"),
    ({"stderr": "Error: a\n", "created": {".a.tsv.0f0f0f0f": b""}},
     "leftover: .a.tsv.0f0f0f0f after exit 1"),
    ({"stderr": "Error: a\n", "growth": 3 << 30}, "memory: grew by 3.0 GB"),
    ({"exit_code": 139, "stderr": "Error: a\n"}, "exit code 139: 'Error: a\\n'"),
    ({"exit_code": 0, "stdout": b"#{}\nid\na\n"}, None),
    ({"exit_code": 0, "stdout": b"#{}\nid\nb\n"}, "other bytes: exit 0, and another result"),
    ({"exit_code": 0, "stdout": b"#{}\nscore\nnan\n", "protected": False},
     "not finite: nan or inf in stdout, exit 0"),
]  # fmt: skip


@pytest.mark.parametrize(("outcome", "expected"), CASES)
def test_verdicts(module, outcome, expected):
    attempt, observe = module("running.attempt"), module("running.observe")
    tried = attempt.Attempt(attempt.Command(()), protected=outcome.pop("protected", True))
    quiet = observe.Outcome(0, b'#{"a": 1}\nid\na\n', "")
    found = observe.Outcome(**{"exit_code": 1, "stdout": b"", "stderr": "", **outcome})
    assert module("running.judge").verdict(found, tried, quiet) == expected


def test_a_change_is_halved_until_it_is_small(module):
    halves = module("report.minimise").halves
    assert halves(b"abcdefgh", b"abXYZWgh") == [b"abXYefgh", b"abcdZWgh"]
    assert halves(b"abcd", b"abXYcd") == [b"abXcd", b"abYcd"]
    assert halves(b"abcd", b"abcd") == []


# Forked by a process that has not used polars yet, whose threads a fork does not copy.
IN_CHILDREN = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from interruptions.child import Limits, run
stats = ("gld-lists", "stats", "list.tsv", "-o", "out.tsv")
for limits in (Limits(at=1), Limits(at=1, after=True), Limits(file_size=10), Limits()):
    end = run(stats, Path(), limits)
    print(end.exit_code, sorted(map(str, Path().glob("[!.]*"))), end.operations, end.stderr.strip())
    Path("out.tsv").unlink(missing_ok=True)
    for hidden in Path().glob(".*"):
        hidden.unlink()
"""


def test_children_end_at_an_operation_on_files_or_when_files_grow_too_large(tmp_path):
    small_list(tmp_path / "list.tsv", ["a", "b"])
    python = [program("python"), "-c", IN_CHILDREN, FUZZ]
    done = subprocess.run(python, cwd=tmp_path, capture_output=True, text=True)
    # Operations: the table is synced under a hidden name, gets its name, and the name is synced.
    assert done.stdout.splitlines() == [
        "-9 ['list.tsv'] 2 ",
        "-9 ['list.tsv', 'out.tsv'] 2 ",
        "1 ['list.tsv'] 1 Error: out.tsv: File too large; raise the limit of a "
        "file's size (ulimit -f), or name another file system",
        "0 ['list.tsv', 'out.tsv'] 3 ",
    ], done.stderr


@pytest.mark.slow
def test_a_little_chaos(tmp_path):
    few = ["--kills", "6", "--damages", "6", "--pairs", "4", "--full-disks", "4"]
    done = subprocess.run(
        [program("python"), FUZZ / "chaos.py", "lists split", "search", *few],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    rows = [line.strip("| ").split(" | ") for line in done.stdout.splitlines()[2:]]
    assert [row[:6] for row in rows] == [
        ["lists split", "3", "3", "2", "2", "0 (0)"],
        ["search", "3", "3", "2", "2", "0 (0)"],
        ["all", "6", "6", "4", "4", "0 (0)"],
    ], done.stderr
