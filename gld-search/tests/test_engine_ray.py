"""A search on a Ray cluster of two machines, simulated by processes, one of which leaves."""

from dataclasses import replace

import pytest
from gld_shared.sha256 import sha256

pytestmark = [
    pytest.mark.slow,
    # Ray's own warnings, about its open files, child processes and future changes.
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture
def long_search(long_search):
    """Leave the choice of the devices to Ray."""
    return replace(long_search, options=())


def test_two_machines(long_search, quiet, cluster):
    cluster.add_node(num_cpus=1)
    process = long_search.start("x.zarr", "--engine", "ray", "-v", RAY_ADDRESS=cluster.address)
    output, errors = process.communicate(timeout=300)
    assert (process.returncode, output) == (0, ""), errors
    assert errors.count("takes part") == 2, errors
    assert sha256(long_search.folder / "x.zarr") == sha256(quiet)


def test_a_machine_that_leaves_the_cluster(long_search, quiet, cluster):
    second = cluster.add_node(num_cpus=1)
    process = long_search.start("x.zarr", "--engine", "ray", "-v", RAY_ADDRESS=cluster.address)
    long_search.wait_for_units(process, "x.zarr", 2)
    cluster.remove_node(second, allow_graceful=False)
    kept = long_search.written("x.zarr")
    output, errors = process.communicate(timeout=300)
    assert (process.returncode, output) == (0, ""), errors
    assert kept.items() <= long_search.written("x.zarr").items(), "no complete unit is done again"
    assert sha256(long_search.folder / "x.zarr") == sha256(quiet)
