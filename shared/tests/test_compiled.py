"""Compiled functions are kept, and made again where they cannot be kept or are damaged."""

import errno
import importlib.util
import os
import subprocess
import sys

import numba
import pytest
from gld_shared.compiled import compiled, stamp_of
from gld_shared.errors import DataError

FILLING = """
import sys
import numpy as np
from gld_shared.compiled import compiled, compiled_within

@compiled_within
def one_more(value):
    return value + 1

@compiled
def filled(values):
    more = np.empty(len(values))
    for at in range(len(values)):
        more[at] = one_more(values[at])
    return more

print(filled(np.array([1.0, 2.0])).tolist(), "compiler:", "numba.np.arraymath" in sys.modules)
"""


@pytest.fixture
def doubled(tmp_path, monkeypatch):
    """Return a function that compiles another in a file of its own, as if in a further process."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    source = tmp_path / "doubling.py"
    source.write_text("def double(number):\n    return 2 * number\n")

    def load():
        spec = importlib.util.spec_from_file_location("doubling", source)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "doubling", module)
        spec.loader.exec_module(module)
        return compiled(module.double)

    return load


def kept_files(tmp_path):
    return sorted((tmp_path / "cache").rglob("*.nb?"))


def test_compiled_code_is_kept(tmp_path, doubled):
    assert doubled()(3) == 6
    assert len(kept_files(tmp_path)) == 2
    again = doubled()
    assert again(4) == 8
    assert sum(again.stats.cache_hits.values()) == 1


def test_kept_code_runs_without_the_compiler(tmp_path):
    (tmp_path / "filling.py").write_text(FILLING)
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    outputs = [
        subprocess.run(
            [sys.executable, "filling.py"],
            cwd=tmp_path,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for _ in range(2)
    ]
    assert outputs == ["[2.0, 3.0] compiler: True\n", "[2.0, 3.0] compiler: False\n"]


def test_code_is_made_again_when_a_file_changes_that_it_calls(tmp_path, doubled):
    source = tmp_path / "tripling.py"
    source.write_text("def triple(number):\n    return 3 * number\n")
    assert doubled()(3) == 6
    stamp_of.cache_clear()
    assert doubled()(3) == 6
    source.write_text("def triple(number):\n    return number + 2 * number\n")
    stamp_of.cache_clear()
    again = doubled()
    assert again(3) == 6
    assert sum(again.stats.cache_hits.values()) == 0
    stamp_of.cache_clear()


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"cut"])
def test_damaged_code_is_made_again(tmp_path, doubled, suffix, content):
    doubled()(3)
    for file in kept_files(tmp_path):
        if file.suffix == suffix:
            file.write_bytes(content)
    assert doubled()(3) == 6
    again = doubled()
    assert again(3) == 6
    assert sum(again.stats.cache_hits.values()) == 1


def test_code_that_cannot_be_kept_runs(tmp_path, doubled, monkeypatch):
    def no_space(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("numba.core.caching.IndexDataCacheFile.save", no_space)
    assert doubled()(3) == 6
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "file"))
    assert doubled()(3) == 6


def test_without_compilation_the_variable_is_named(doubled, monkeypatch):
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    with pytest.raises(DataError) as caught:
        doubled()
    assert str(caught.value) == ("NUMBA_DISABLE_JIT is set, so no loop would be compiled; unset it")
