"""A signal during the removal of a folder: it is removed to the end."""

from gld_shared.testing.interruption import interrupted
from gld_shared.unfinished_names import remove_folder
from gld_shared.work.end_signals import Ended


def test_a_signal_at_any_moment_of_a_removal(tmp_path):
    for at in range(1, 100_000):
        for name in ("a", "b"):
            (tmp_path / "x" / name).mkdir(parents=True)
            (tmp_path / "x" / name / "file").touch()
        try:
            with interrupted(at):
                remove_folder(tmp_path / "x")
        except Ended:
            assert list(tmp_path.iterdir()) == [], at
        else:
            break
    assert at > 10
