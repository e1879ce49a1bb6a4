import pytest
from gld_shared import torch_library
from gld_shared.errors import DataError
from gld_shared.search import memory as module
from gld_shared.search.memory import Portion, portion

MB = 1_000_000


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    """Two cores that multiply in float32, and a process that holds 100 MB."""
    monkeypatch.setattr(module, "anonymous_memory", lambda: 100 * MB)
    monkeypatch.setattr(module, "cores", lambda: 2)
    monkeypatch.setattr(module, "fastest", lambda *_: "float32")
    monkeypatch.setattr(module, "imports_numba", lambda products: products > 2 * 10**12)


def queries_at_once(memory, k=100, queries=10_000, rows=1_000_000):
    return portion(memory * MB, queries, rows, 512, k).queries


def test_queries_that_fit_are_searched_at_once():
    assert queries_at_once(2000, queries=1129) == 1129
    assert queries_at_once(2000) == 4096
    assert [queries_at_once(memory) for memory in (330, 600, 1200)] == [58, 1034, 3204]
    assert [queries_at_once(2000, k) for k in (1, 10_000, 100_000)] == [4096, 374, 44]
    # Where all rows of the index are among the best, they bound the memory too.
    assert queries_at_once(2000, 100_000, rows=1000) == 3333


def test_without_a_limit_a_search_adds_to_what_the_process_holds(monkeypatch):
    expected = portion(2100 * MB, 10_000, 1_000_000, 512, 10_000)
    assert portion(None, 10_000, 1_000_000, 512, 10_000) == expected
    monkeypatch.setattr(module, "anonymous_memory", lambda: 5000 * MB)
    assert portion(None, 10_000, 1_000_000, 512, 10_000) == expected


def test_no_queries():
    assert queries_at_once(2000, queries=0) == 1


@pytest.mark.parametrize(
    ("precision", "user", "is_loaded"),
    [("bfloat16", torch_library, "is_loaded"), ("int16", module, "is_compiled")],
)
def test_a_library_is_loaded_only_if_its_memory_is_there(monkeypatch, precision, user, is_loaded):
    monkeypatch.setattr(module, "fastest", lambda *_: precision)
    monkeypatch.setattr(user, is_loaded, lambda: False)
    assert portion(2000 * MB, 1129, 1_000_000, 512, 100) == Portion(1129, precision)
    assert portion(400 * MB, 1129, 1_000_000, 512, 100) == Portion(311, "float32")
    monkeypatch.setattr(user, is_loaded, lambda: True)
    assert portion(400 * MB, 1129, 1_000_000, 512, 100) == Portion(311, precision)


def test_memory_for_compiled_code_that_a_large_search_imports(monkeypatch):
    assert queries_at_once(600) == queries_at_once(600, queries=9_000_000) == 1034
    assert queries_at_once(600, queries=20_000_000) == queries_at_once(550) == 853


def test_too_little_memory_for_one_query():
    with pytest.raises(DataError) as error:
        queries_at_once(200)
    assert str(error.value) == (
        "the memory of 200 MB is too small for the neighbours of a query, which need 315 MB; "
        "raise --memory"
    )
    assert 1 <= queries_at_once(315) <= 3
