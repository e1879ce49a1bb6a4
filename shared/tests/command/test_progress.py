"""The rate of a progress bar, and the time left that follows from it."""

import io
import re
import sys
import time

import pytest
from gld_shared.command.progress import RecentRate, progress


@pytest.fixture
def clock(monkeypatch):
    """Return a function that lets seconds pass."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "time", lambda: now[0])

    def wait(seconds):
        now[0] += seconds

    return wait


def test_the_rate_leaves_out_what_an_earlier_run_has_done(clock):
    recent = RecentRate()
    assert recent.value == 0
    clock(5)
    assert recent.add(500_000) == 100_000
    for _ in range(10):
        clock(0.01)
        recent.add(500_000)
    clock(2)
    assert recent.add(200) == pytest.approx(100)


def test_the_rate_is_that_of_the_last_half_minute(clock):
    recent = RecentRate()
    for steps in (1000, 10):
        for _ in range(40):
            clock(1)
            recent.add(steps)
    assert recent.value == 10


def test_rare_steps_have_a_rate(clock):
    recent = RecentRate()
    for _ in range(10):
        clock(60)
        recent.add(4096)
    assert recent.value == pytest.approx(4096 / 60)


def test_steps_that_are_taken_back(clock):
    recent = RecentRate()
    clock(1)
    recent.add(10)
    assert recent.add(-20) == 0


def test_the_time_left_after_a_resumed_run(clock, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress(1000, "searching", "images") as bar:
        clock(1)
        bar.update(500)
        for _ in range(100):
            clock(1)
            bar.update(2)
        shown = re.split(r"[\r\n]", sys.stderr.getvalue())[-1]
    assert "700/1000  00:02:30  2.0 images/s" in shown
