import pytest
from gld_shared import torch_library
from gld_shared.search import bfloat16_products as module
from gld_shared.search.bfloat16_products import is_worth_it


@pytest.fixture
def machine(monkeypatch):
    """Two cores with AMX, and torch's library not loaded yet."""
    monkeypatch.setattr(module, "cpu_flags", lambda: {"amx_bf16"})
    monkeypatch.setattr(module, "cores", lambda: 2)
    monkeypatch.setattr(torch_library, "is_loaded", lambda: False)


def test_the_library_of_torch_is_loaded_for_large_searches(machine, monkeypatch):
    assert is_worth_it(1129 * 78_959 * 512)
    assert not is_worth_it(1129 * 40_000 * 512)
    monkeypatch.setattr(module, "cores", lambda: 8)
    assert not is_worth_it(1129 * 78_959 * 512)
    assert is_worth_it(1129 * 1_000_000 * 512)
    monkeypatch.setattr(torch_library, "is_installed", lambda: False)
    assert not is_worth_it(1e15)


def test_the_library_that_is_loaded_already_is_used(machine, monkeypatch):
    monkeypatch.setattr(torch_library, "is_loaded", lambda: True)
    assert is_worth_it(1)
    monkeypatch.setattr(module, "cpu_flags", lambda: {"avx512f"})
    assert not is_worth_it(1e15)
