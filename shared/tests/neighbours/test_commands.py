"""Commands read neighbours as Zarr as they read the table."""

from pathlib import Path

import pytest
from gld_shared.testing import run, small_truth

RESTORE = "restore the neighbours from a copy, or make them again under another name"


@pytest.fixture
def both(tmp_path, search, monkeypatch):
    """Write a search in both forms, and the truth of one query."""
    monkeypatch.chdir(tmp_path)
    found = search(600, 5)
    small_truth(Path("truth.tsv"), "q7", [found.index.ids[int(row)] for row in found.rows[7, 1:3]])
    queries = [f"q{n}\t\tignored\n" for n in range(600) if n != 7]
    with Path("truth.tsv").open("a") as stream:
        stream.writelines(queries)
    return found.as_table(Path("n.tsv")), found.as_zarr(Path("n.zarr"))


@pytest.mark.parametrize(
    "command",
    [
        ["gld-eval", "--truth", "truth.tsv", "--per-query"],
        ["gld-rerank", "expand", "-k", "4"],
        ["gld-rerank", "fuse", "n.tsv"],
        ["gld-lists", "submission", "-k", "3"],
    ],
    ids=" ".join,
)
def test_the_same_result_from_both_forms(both, command):
    outputs = []
    for form in both:
        result = run([*command, form])
        assert result.exit_code == 0, result.output
        outputs.append([line for line in result.stdout.splitlines() if not line.startswith("#")])
    assert outputs[0] == outputs[1] and len(outputs[0]) > 1


def test_the_history_of_what_is_made_from_zarr(both):
    assert run(["gld-eval", both[1], "--truth", "truth.tsv", "-o", "scores.tsv"]).exit_code == 0
    for name in ("n.zarr", "scores.tsv"):
        result = run(["gld-eval", "--verify", name])
        assert (result.exit_code, result.stdout) == (
            0, f"{name}: every file of its history matches\n"
        )  # fmt: skip
    Path("i.zarr").rename("was.zarr")
    result = run(["gld-eval", "--verify", "n.zarr"])
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ") and "i.zarr: missing; gld-search read it" in (
        result.stderr
    )


@pytest.mark.parametrize(
    "command",
    [
        ["gld-eval", "n.zarr", "--truth", "truth.tsv"],
        ["gld-eval", "--verify", "n.zarr"],
        ["gld-rerank", "expand", "n.zarr"],
        ["gld-lists", "submission", "n.zarr"],
    ],
    ids=" ".join,
)
@pytest.mark.usefixtures("both")
def test_a_damaged_file_is_named(command):
    file = Path("n.zarr/scores/c/1/0")
    content = bytearray(file.read_bytes())
    content[3] ^= 64
    file.write_bytes(content)
    result = run(command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (f"Error: {file}: damaged, its checksum does not match; {RESTORE}\n")
