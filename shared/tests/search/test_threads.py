"""The number of threads of a search."""

import os

import pytest
from gld_shared.search.threads import cores


@pytest.mark.parametrize(
    ("share", "expected"), [("", 4), ("1", 1), ("3", 3), ("9", 4), ("0", 1), ("many", 4)]
)
def test_a_process_of_several_has_a_part_of_the_cores(monkeypatch, share, expected):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(4), raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", share)
    assert cores() == expected
