"""The command group, and the synthetic miniature processed by it."""

from gld_lists.gldv2.google import TABLE_NAMES
from gld_shared.tables import read_list
from gld_shared.testing import run


def test_the_miniature_gives_every_list(tmp_path):
    raw, lists = tmp_path / "raw", tmp_path / "lists"
    result = run(["gld-lists", "synthetic", raw, "--landmarks", "1", "--seed", "5", "-j", "1"])
    assert (result.exit_code, result.stdout) == (0, f"{raw}\n"), result.output
    result = run(["gld-lists", "google", raw, "-o", lists])
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{lists}\n", "")
    assert sorted(path.stem for path in lists.iterdir()) == sorted(TABLE_NAMES)
    every = read_list(lists / "all.tsv").rows
    assert all((raw / path).is_file() for path in every["path"])


def test_an_unknown_command():
    result = run(["gld-lists", "gogle"])
    assert result.exit_code == 2
    assert "No such command 'gogle'" in result.stderr
