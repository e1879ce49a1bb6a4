"""The check that kills a child before a step of its work."""

import time

import pytest
from gld_shared.testing import killed_before, kills


@pytest.mark.parametrize(("step", "killed"), [(1, True), (2, True), (3, False)])
def test_a_child_is_killed_before_its_step(tmp_path, step, killed):
    def work():
        (tmp_path / "a").mkdir()
        (tmp_path / "b").mkdir()

    assert killed_before(step, work) is killed
    made = [name for name in ("a", "b") if (tmp_path / name).exists()]
    assert made == ["a", "b"][: step - 1]


def test_a_child_that_does_not_end_fails_the_test(monkeypatch):
    monkeypatch.setattr(kills, "_SECONDS", 0.1)
    with pytest.raises(AssertionError, match=r"^the child did not end in 0.1 seconds; does it "):
        killed_before(1, lambda: time.sleep(30))
