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


@pytest.fixture(scope="session", autouse=True)
def memory_of_a_new_process():
    """Let a command inside the tests' process count as little memory as one of its own holds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gld_shared.search.memory.anonymous_memory", lambda: 200_000_000)
        yield


@pytest.fixture
def cluster():
    """Return a Ray cluster of one machine, simulated by processes; ``add_node`` adds another."""
    cluster_utils = pytest.importorskip("ray.cluster_utils")
    cluster = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    yield cluster
    cluster.shutdown()
