"""The number of threads of a search."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from gld_shared.search.index import ArrayIndex
from gld_shared.search.threads import cores, one_torch_thread
from gld_shared.search.topk import topk


@pytest.mark.parametrize(
    ("share", "expected"), [("", 4), ("1", 1), ("3", 3), ("9", 4), ("0", 1), ("many", 4)]
)
def test_a_process_of_several_has_a_part_of_the_cores(monkeypatch, share, expected):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(4), raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", share)
    assert cores() == expected


def test_torch_computes_in_the_calling_thread_alone_for_a_while():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with one_torch_thread():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
        vectors = np.ones((30, 4), np.float32)
        topk(vectors, ArrayIndex(vectors), 3, precision="bfloat16")
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_threads_that_start_after_searches_have_all_of_torchs_threads():
    before, vectors = torch.get_num_threads(), np.ones((300, 4), np.float32)
    torch.set_num_threads(3)
    try:
        with ThreadPoolExecutor(4) as pool:
            for _ in range(20):
                pool.submit(topk, vectors, ArrayIndex(vectors), 3, precision="bfloat16")
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(torch.get_num_threads).result() == 3
    finally:
        torch.set_num_threads(before)


def test_the_first_search_of_a_process_computes_in_the_calling_thread_alone_too():
    program = """
import numpy as np
from gld_shared import torch_library
from gld_shared.search.index import ArrayIndex
from gld_shared.search.topk import topk

convert, threads = torch_library.convert, []

def recorded(numbers, result):
    threads.append(torch_library.threads())
    convert(numbers, result)

torch_library.convert = recorded
ones = np.ones((40, 4), np.float32)
topk(ones[:30], ArrayIndex(ones), 3, precision="bfloat16")
assert threads and set(threads) == {1}, threads
assert torch_library.threads() == 2
"""
    environment = os.environ | {"OMP_NUM_THREADS": "2"}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)
