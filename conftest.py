"""Settings of all tests: one thread, the same random numbers, no deadline on a slow machine."""

import os
import sys

import pytest
from hypothesis import settings

# The networks of tests are too small to share among threads, which would wait for one another.
os.environ["OMP_NUM_THREADS"] = "1"

settings.register_profile("gld", deadline=None, max_examples=50)
settings.load_profile("gld")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Give every test the same random weights, whichever tests ran before it."""
    if torch := sys.modules.get("torch"):
        torch.manual_seed(0)
