import sys

import pytest
from gld_shared.search import bfloat16_products as module
from gld_shared.search.bfloat16_products import is_worth_it


@pytest.fixture
def machine(monkeypatch):
    """Two cores with AMX, and torch not imported yet."""
    monkeypatch.setattr(module, "cpu_flags", lambda: {"amx_bf16"})
    monkeypatch.setattr(module, "cores", lambda: 2)
    monkeypatch.delitem(sys.modules, "torch", raising=False)


def test_torch_is_imported_for_large_searches(machine, monkeypatch):
    assert is_worth_it(1129 * 1_000_000 * 512)
    assert not is_worth_it(1129 * 78_959 * 512)
    monkeypatch.setattr(module, "cores", lambda: 8)
    assert is_worth_it(1129 * 1_000_000 * 512)
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert not is_worth_it(1e15)


def test_torch_that_is_imported_already_is_used(machine, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert is_worth_it(1)
    monkeypatch.setattr(module, "cpu_flags", lambda: {"avx512f"})
    assert not is_worth_it(1e15)
