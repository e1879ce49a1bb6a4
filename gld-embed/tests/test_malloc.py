"""Freed memory that is kept for the next batch."""

import os
import subprocess
import sys

import pytest


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc has mallopt")
def test_freed_memory_is_used_again():
    """A new mapping of 64 MB would cause 16,384 page faults."""
    script = """
import resource
import torch
from gld_embed.inference.malloc import keep_freed_memory

keep_freed_memory()
for round in range(20):
    torch.ones(2**24).mul(2)
    if round == 9:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
    # Huge pages would hide most of the faults.
    environment = {**os.environ, "THP_MEM_ALLOC_ENABLE": "0"}
    faults = subprocess.check_output([sys.executable, "-c", script], text=True, env=environment)
    # Without the setting every round would map its blocks again; a few rounds may.
    assert int(faults) < 5 * 16_384
