"""Batches computed by several threads, and batches too large for memory."""

import threading

import numpy as np
import pytest
import torch
from gld_embed.inference.streams import Streams
from gld_shared.errors import DataError


class Small:
    """The sum of each image, for batches of at most ``room`` images."""

    def __init__(self, room: int, error: Exception | None = None) -> None:
        self.room = room
        self.error = error or torch.OutOfMemoryError("CUDA out of memory")
        self.batches: list[int] = []

    def __call__(self, batch: torch.Tensor) -> np.ndarray:
        self.batches.append(len(batch))
        if len(batch) > self.room:
            raise self.error
        return batch.sum(dim=(1, 2, 3))[:, None].numpy()


def images(n: int) -> torch.Tensor:
    return torch.arange(n * 12, dtype=torch.float32).reshape(n, 3, 2, 2)


def sums(n: int) -> np.ndarray:
    return images(n).sum(dim=(1, 2, 3))[:, None].numpy()


def test_a_batch_that_fits_is_left_whole(caplog):
    function = Small(32)
    np.testing.assert_array_equal(Streams(function)(images(32)), sums(32))
    assert function.batches == [32]
    assert caplog.text == ""


def test_a_batch_is_halved_until_it_fits_and_later_ones_too(caplog):
    function = Small(7)
    streams = Streams(function)
    np.testing.assert_array_equal(streams(images(21)), sums(21))
    assert function.batches == [21, 10, 5, 5, 5, 5, 1]
    np.testing.assert_array_equal(streams(images(12)), sums(12))
    assert function.batches[7:] == [5, 5, 2]
    assert [record.getMessage() for record in caplog.records] == [
        "the device's memory is too small for 21 images at a time; continuing with 5"
    ]


def test_one_image_that_is_too_large():
    with pytest.raises(DataError) as caught:
        Streams(Small(0))(images(3))
    assert str(caught.value) == (
        "the device's memory is too small for one image of 2 x 2 pixels; "
        "use a smaller --size or smaller --scales"
    )


def test_other_errors_are_raised():
    def broken(_: torch.Tensor) -> np.ndarray:
        raise RuntimeError("something else")

    with pytest.raises(RuntimeError, match="something else"):
        Streams(broken)(images(3))


def of_this_machine() -> RuntimeError:
    """Return the error of an allocation on the CPU that fails."""
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60, dtype=torch.uint8)
    return caught.value


@pytest.mark.parametrize(
    "error",
    [
        of_this_machine(),
        MemoryError("Unable to allocate 1 TiB"),
        RuntimeError("std::bad_alloc"),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes"),
    ],
)
def test_the_memory_of_this_machine_counts_too(error):
    function = Small(7, error)
    np.testing.assert_array_equal(Streams(function)(images(12)), sums(12))
    assert function.batches == [12, 6, 6]


def test_on_a_gpu_the_cpu_is_a_remedy(monkeypatch):
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    with pytest.raises(DataError) as caught:
        Streams(Small(0), device=torch.device("cuda"))(images(1))
    assert str(caught.value) == (
        "the device's memory is too small for one image of 2 x 2 pixels; "
        "use a smaller --size, smaller --scales or --device cpu"
    )


def test_each_stream_computes_its_own_batch_by_one_thread():
    together = threading.Barrier(3, timeout=60)
    found: list[tuple[str, int]] = []

    def function(batch: torch.Tensor) -> np.ndarray:
        together.wait()
        found.append((threading.current_thread().name, torch.get_num_threads()))
        return batch[:, 0, 0, :1].numpy()

    streams = Streams(function, 3)
    try:
        batches = [images(n) for n in range(1, 7)]
        for batch, vectors in zip(batches, streams.map_in_order(streams, batches), strict=True):
            np.testing.assert_array_equal(vectors, batch[:, 0, 0, :1])
    finally:
        streams.close()
    assert len({name for name, _ in found}) == 3
    assert {threads for _, threads in found} == {1}


class Shared:
    """Memory for ``room`` images that all streams share; a batch holds its part for a while."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.most = 0
        self._lock = threading.Lock()

    def __call__(self, batch: torch.Tensor) -> np.ndarray:
        with self._lock:
            if len(batch) > self.room:
                raise MemoryError
            self.room -= len(batch)
            self.most = max(self.most, len(batch))
        threading.Event().wait(0.01)
        with self._lock:
            self.room += len(batch)
        return batch.sum(dim=(1, 2, 3))[:, None].numpy()


@pytest.mark.parametrize(("room", "most"), [(8, 8), (12, 8), (1, 1)])
def test_streams_share_the_memory(room, most):
    """Even where only one image at a time fits, all are computed."""
    memory = Shared(room)
    streams = Streams(memory, 4)
    try:
        for vectors in streams.map_in_order(streams, [images(8)] * 12):
            np.testing.assert_array_equal(vectors, sums(8))
    finally:
        streams.close()
    assert memory.most <= most
    assert memory.room == room


def test_one_image_that_is_too_large_for_all_streams():
    streams = Streams(Shared(0), 4)
    try:
        with pytest.raises(DataError) as caught:
            list(streams.map_in_order(streams, [images(8)] * 12))
    finally:
        streams.close()
    assert str(caught.value) == (
        "the device's memory is too small for one image of 2 x 2 pixels; "
        "use a smaller --size or smaller --scales"
    )


@pytest.mark.gpu
def test_a_gpu_that_runs_out_of_memory(caplog):
    def greedy(batch: torch.Tensor) -> np.ndarray:
        free, _ = torch.cuda.mem_get_info()
        torch.empty(len(batch) * free // 3, dtype=torch.uint8, device="cuda")
        return batch.sum(dim=(1, 2, 3))[:, None].numpy()

    np.testing.assert_array_equal(Streams(greedy, device=torch.device("cuda"))(images(8)), sums(8))
    assert [record.getMessage() for record in caplog.records] == [
        "the device's memory is too small for 8 images at a time; continuing with 2"
    ]
