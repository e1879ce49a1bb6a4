"""Read-ahead: the bytes in flight, and the bytes that each reader gets."""

from contextlib import closing

import numpy as np
from gld_shared.images.sources.read_ahead import Part, ReadAhead


def test_read_ahead_is_bounded_and_gives_each_part_its_bytes():
    data = np.random.default_rng(0).bytes(100 << 20)
    asked: list[Part] = []

    def fetch(part: Part) -> bytes:
        asked.append(part)
        return data[part.start : part.stop]

    wanted = [Part("x", start, start + 300_000) for start in range(0, 99 << 20, 350_000)]
    order = np.random.default_rng(1).permutation(len(wanted))
    with closing(ReadAhead(fetch)) as ahead:
        ahead.expect([wanted[at] for at in order])
        for done, at in enumerate(order):
            part = wanted[at]
            assert ahead.take(part) == data[part.start : part.stop]
            in_flight = sum(request.size for request in asked) - done * 300_000
            assert in_flight < 5 * (16 << 20) + 50_000 * done
    assert max(part.size for part in asked) <= 1 << 20


def test_a_part_expected_twice_and_a_part_larger_than_a_window():
    data = bytes(20 << 20)
    with closing(ReadAhead(lambda part: data[part.start : part.stop])) as ahead:
        small, large = Part("x", 1, 5), Part("x", 0, 20 << 20)
        ahead.expect([small, large, small])
        assert [len(ahead.take(part)) for part in (small, small, large, small)] == [
            4, 4, 20 << 20, 4
        ]  # fmt: skip
