"""Batches too large for memory, simulated by a function with a limit."""

import numpy as np
import pytest
import torch
from gld_embed.inference.out_of_memory import Halving
from gld_shared.errors import DataError


class Small:
    """The sum of each image, for batches of at most ``room`` images."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.batches: list[int] = []

    def __call__(self, batch: torch.Tensor) -> np.ndarray:
        self.batches.append(len(batch))
        if len(batch) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return batch.sum(dim=(1, 2, 3))[:, None].numpy()


def images(n: int) -> torch.Tensor:
    return torch.arange(n * 12, dtype=torch.float32).reshape(n, 3, 2, 2)


def sums(n: int) -> np.ndarray:
    return images(n).sum(dim=(1, 2, 3))[:, None].numpy()


def test_a_batch_that_fits_is_left_whole(caplog):
    function = Small(32)
    np.testing.assert_array_equal(Halving(function)(images(32)), sums(32))
    assert function.batches == [32]
    assert caplog.text == ""


def test_a_batch_is_halved_until_it_fits_and_later_ones_too(caplog):
    function = Small(7)
    halving = Halving(function)
    np.testing.assert_array_equal(halving(images(21)), sums(21))
    assert function.batches == [21, 10, 5, 5, 5, 5, 1]
    np.testing.assert_array_equal(halving(images(12)), sums(12))
    assert function.batches[7:] == [5, 5, 2]
    assert [record.getMessage() for record in caplog.records] == [
        "the device's memory is too small for 21 images at a time; continuing with 5"
    ]


def test_one_image_that_is_too_large():
    with pytest.raises(DataError) as caught:
        Halving(Small(0))(images(3))
    assert str(caught.value) == (
        "the device's memory is too small for one image of 2 x 2 pixels; "
        "take a smaller --size, smaller --scales or --device cpu"
    )


def test_other_errors_are_raised():
    def broken(_: torch.Tensor) -> np.ndarray:
        raise RuntimeError("something else")

    with pytest.raises(RuntimeError, match="something else"):
        Halving(broken)(images(3))


@pytest.mark.gpu
def test_a_gpu_that_runs_out_of_memory(caplog):
    def greedy(batch: torch.Tensor) -> np.ndarray:
        free, _ = torch.cuda.mem_get_info()
        torch.empty(len(batch) * free // 3, dtype=torch.uint8, device="cuda")
        return batch.sum(dim=(1, 2, 3))[:, None].numpy()

    np.testing.assert_array_equal(Halving(greedy)(images(8)), sums(8))
    assert [record.getMessage() for record in caplog.records] == [
        "the device's memory is too small for 8 images at a time; continuing with 2"
    ]
