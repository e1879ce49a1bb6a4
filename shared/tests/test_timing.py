import pytest
from gld_shared import timing
from gld_shared.timing import Times


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test turns."""
    now = [100.0]
    monkeypatch.setattr(timing.time, "perf_counter", lambda: now[0])
    return now


def test_seconds_add_up_by_task(clock):
    times = Times()
    for seconds, task in ((2, "reading"), (1, "writing"), (3, "reading")):
        with times.spent_on(task):
            clock[0] += seconds
    clock[0] += 4
    assert str(times) == "reading 5.0 s, writing 1.0 s"
    assert (times.of("reading"), times.of("other"), times.elapsed) == (5, 0, 10)


def test_the_time_until_items_arrive_and_until_the_next_is_asked_for(clock):
    times = Times()

    def numbers():
        for number in range(3):
            clock[0] += 2
            yield number

    for _ in times.until_next(times.waiting_for(numbers(), "reading"), "writing"):
        clock[0] += 5
    assert str(times) == "reading 6.0 s, writing 15.0 s"
