"""Calls that must return in time."""

import threading
import time

import pytest
from gld_shared.deadline import within


def test_an_answer_in_time():
    assert within(10, lambda: 3) == 3


def test_an_error_in_time_is_raised():
    with pytest.raises(KeyError, match="x"):
        within(10, lambda: {}["x"])


def test_a_late_answer_is_left_behind():
    released = threading.Event()
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        within(0.1, released.wait)
    assert time.monotonic() - started < 5
    (left,) = (thread for thread in threading.enumerate() if thread.name == "deadline")
    assert left.daemon, "it does not keep the process from ending"
    released.set()
    left.join()
