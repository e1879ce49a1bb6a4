import pytest
from gld_shared import torch_library
from gld_shared.search import precision as module
from gld_shared.search.precision import fastest


@pytest.fixture
def machine(monkeypatch):
    """Two cores with AMX, and neither torch's library nor numba loaded yet."""
    set_flags(monkeypatch, {"avx2", "avx512f", "amx_bf16"})
    monkeypatch.setattr(module, "cores", lambda: 2)
    monkeypatch.setattr(torch_library, "is_loaded", lambda: False)
    monkeypatch.setattr(module, "is_compiled", lambda: False)


def set_flags(monkeypatch, flags):
    monkeypatch.setattr(module, "cpu_flags", lambda: flags)


def test_the_library_of_torch_is_loaded_for_large_searches(machine, monkeypatch):
    assert fastest(1129, 78_959 * 512) == "bfloat16"
    assert fastest(1129, 40_000 * 512) == "float32"
    monkeypatch.setattr(module, "cores", lambda: 8)
    assert fastest(1129, 78_959 * 512) == "float32"
    assert fastest(1129, 1_000_000 * 512) == "bfloat16"
    monkeypatch.setattr(torch_library, "is_installed", lambda: False)
    assert fastest(1000, 10**12) == "float32"


def test_the_library_that_is_loaded_already_is_used(machine, monkeypatch):
    monkeypatch.setattr(torch_library, "is_loaded", lambda: True)
    assert fastest(3, 10) == "bfloat16"
    set_flags(monkeypatch, {"avx2", "avx512f"})
    assert fastest(1000, 10**12) == "float32"


def test_numba_is_started_for_large_searches_of_processors_with_fast_integers(machine, monkeypatch):
    set_flags(monkeypatch, {"sse4a", "avx2", "vaes"})
    assert fastest(1129, 160_000 * 512) == "int16"
    assert fastest(1129, 120_000 * 512) == "float32"
    monkeypatch.setattr(module, "is_compiled", lambda: True)
    assert fastest(3, 10) == "int16"
    assert fastest(2, 10**12) == "float32"


@pytest.mark.parametrize(
    "flags", [set(), {"avx2"}, {"avx2", "vaes"}, {"sse4a", "avx2", "vaes", "avx512f"}]
)
def test_other_processors_multiply_in_float32(machine, monkeypatch, flags):
    set_flags(monkeypatch, flags)
    monkeypatch.setattr(module, "is_compiled", lambda: True)
    assert fastest(1000, 10**12) == "float32"


def test_without_numba(machine, monkeypatch):
    set_flags(monkeypatch, {"sse4a", "avx2", "vaes"})
    monkeypatch.setattr(module, "has_numba", lambda: False)
    assert fastest(1000, 10**12) == "float32"
