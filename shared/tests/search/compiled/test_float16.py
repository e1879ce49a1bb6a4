import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from gld_shared.compiled import compiled
from gld_shared.search.compiled.float16 import value_of


@compiled
def values_of(bits, values):
    for place in range(len(bits)):
        values[place] = value_of(bits[place])


def test_each_float16_has_its_value():
    bits = np.arange(0x10000, dtype=np.uint16)
    values = np.empty(len(bits), np.float32)
    values_of(bits, values)
    expected = bits.view(np.float16).astype(np.float32)
    numbers = ~np.isnan(expected)
    assert np.isnan(values[~numbers]).all()
    np.testing.assert_array_equal(values[numbers].view("u4"), expected[numbers].view("u4"))


@pytest.mark.slow
def test_processors_without_instructions_for_float16_return_the_same(tmp_path):
    environment = os.environ | {"NUMBA_CPU_NAME": "generic", "NUMBA_CACHE_DIR": str(tmp_path)}
    lengths = Path(__file__).parents[2] / "store/test_vector_lengths.py"
    tests = [__file__, __file__.replace("float16", "conversion"), str(lengths)]
    command = [sys.executable, "-m", "pytest", "-q", "-m", "not slow", *tests]
    subprocess.run(command, env=environment, check=True)
