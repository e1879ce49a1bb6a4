"""The modules of the benchmarks can be imported."""

import pytest

from .measured import BENCH


@pytest.fixture(autouse=True)
def bench_modules(monkeypatch):
    monkeypatch.syspath_prepend(BENCH)
