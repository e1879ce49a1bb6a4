import sys

import pytest
from gld_shared.search.compiled import worth
from gld_shared.search.compiled.worth import (
    compile_from_now_on,
    count_products,
    imports_numba,
    is_compiled,
)


@pytest.fixture(autouse=True)
def no_searches_yet(monkeypatch):
    monkeypatch.setattr(worth, "_multiplied", 0)
    monkeypatch.delitem(sys.modules, "numba", raising=False)


def test_numba_is_imported_once_searches_have_multiplied_so_much():
    count_products(150_000_000)
    assert imports_numba(150_000_000) and not is_compiled()
    count_products(150_000_000)
    assert is_compiled()


def test_numba_that_is_imported_already_takes_as_long_to_start(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    assert not imports_numba(10**12)
    count_products(150_000_000)
    assert not is_compiled()
    count_products(150_000_000)
    assert is_compiled()


def test_numba_that_another_part_of_the_search_starts():
    compile_from_now_on()
    assert is_compiled()


def test_no_numba(monkeypatch):
    monkeypatch.setattr(worth, "find_spec", lambda name: None)
    count_products(10**12)
    assert not imports_numba(10**12) and not is_compiled()
