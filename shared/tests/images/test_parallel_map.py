"""Threads for images use one core each, also without torch."""

import subprocess

import torch
from gld_shared.images.parallel_map import map_in_order
from gld_shared.testing import program

WITHOUT_TORCH = """
import sys
from gld_shared.images.parallel_map import map_in_order
assert list(map_in_order(abs, range(-20, 0), 2)) == list(range(20, 0, -1))
print("torch" in sys.modules)
"""


def test_each_thread_uses_one_core():
    before = torch.get_num_threads()
    assert set(map_in_order(lambda _: torch.get_num_threads(), range(40), 2)) == {1}
    assert torch.get_num_threads() == before


def test_torch_is_not_needed():
    done = subprocess.run(
        [program("python"), "-c", WITHOUT_TORCH], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
