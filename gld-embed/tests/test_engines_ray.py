"""A Ray cluster of two machines, simulated by processes, one of which leaves."""

from dataclasses import replace

import pytest
from gld_shared.sha256 import sha256

pytestmark = [
    pytest.mark.slow,
    # Ray's own warnings, about its open files, child processes and future changes.
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture
def collection(collection):
    """Leave the choice of the devices and threads to Ray."""
    return replace(collection, options=())


def test_a_machine_that_leaves_the_cluster(collection, cluster):
    collection.make(3000)
    quiet = collection.embed("quiet.zarr")
    second = cluster.add_node(num_cpus=1)
    process = collection.start("x.zarr", "--engine", "ray", "-v", RAY_ADDRESS=cluster.address)
    collection.wait_for_chunks(process, "x.zarr", 6)
    cluster.remove_node(second, allow_graceful=False)
    kept = collection.written("x.zarr")
    output, errors = process.communicate(timeout=300)
    assert (process.returncode, output) == (0, f"{collection.store('x.zarr')}\n"), errors
    assert errors.count("takes part") >= 2, errors
    assert kept.items() <= collection.written("x.zarr").items(), "no complete unit is done again"
    assert sha256(collection.store("x.zarr")) == sha256(quiet)


def test_the_command_fails_with_the_error_of_a_machine(collection, cluster):
    collection.make(100)
    collection.photo(70).write_bytes(b"")
    process = collection.start("x.zarr", "--engine", "ray", RAY_ADDRESS=cluster.address)
    output, errors = process.communicate(timeout=300)
    assert (process.returncode, output) == (1, ""), errors
    assert errors.splitlines()[-1] == (
        f"Error: {collection.photo(70)}: empty, expected an image (id x70); "
        "--skip-unreadable leaves such images out"
    )
