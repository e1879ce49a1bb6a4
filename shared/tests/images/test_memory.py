"""The memory of decoded pixels: large images wait for each other."""

import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from gld_shared.images import memory
from gld_shared.images.errors import AbsurdImageError
from gld_shared.images.memory import PixelMemory, holding_pixels, reserve

MB = 10**6


@pytest.fixture
def ten_megabytes(monkeypatch):
    shared = PixelMemory(10)
    monkeypatch.setattr(memory, "_memory", shared)
    return shared


def free(shared):
    """Count the free megabytes."""
    count = 0
    while shared._free.acquire(False):
        count += 1
    shared.give_back(count)
    return count


def test_held_until_the_outer_block_ends(ten_megabytes):
    with holding_pixels():
        with holding_pixels():
            reserve(3 * MB + 1)
        assert free(ten_megabytes) == 6
        reserve(2 * MB)  # within what is held
        assert free(ten_megabytes) == 6
        reserve(9 * MB)
        assert free(ten_megabytes) == 1
    assert free(ten_megabytes) == 10


def test_given_back_after_an_error(ten_megabytes):
    with pytest.raises(ZeroDivisionError), holding_pixels():
        reserve(5 * MB)
        raise ZeroDivisionError
    assert free(ten_megabytes) == 10


def test_more_than_the_whole(ten_megabytes):
    with holding_pixels(), pytest.raises(AbsurdImageError, match=r"^11 MB of pixels, expected at"):
        reserve(10 * MB + 1)


def test_threads_never_hold_more_than_the_whole(ten_megabytes):
    lock, held, most = threading.Lock(), 0, 0

    def decode(megabytes):
        nonlocal held, most
        with holding_pixels():
            reserve(megabytes * MB)
            with lock:
                held += megabytes
                most = max(most, held)
            threading.Event().wait(0.001)
            with lock:
                held -= megabytes

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(decode, [10, 1, 7, 2, 5, 5, 9, 3, 1, 1] * 10))
    assert 5 < most <= 10
    assert free(ten_megabytes) == 10


def test_shared_by_processes(monkeypatch):
    context = multiprocessing.get_context("fork")
    shared = PixelMemory(10, context)
    monkeypatch.setattr(memory, "_memory", shared)
    has_begun = context.Event()

    def decode():
        with holding_pixels():
            reserve(8 * MB)
            has_begun.set()

    with holding_pixels():
        reserve(5 * MB)
        other = context.Process(target=decode)
        other.start()
        assert not has_begun.wait(0.3)
    assert has_begun.wait(30)
    other.join(30)
    assert free(shared) == 10
