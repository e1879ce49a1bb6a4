"""Products of each precision, whatever the processor, and the scans of a search."""

import pytest
from gld_shared.search import exact_scores, scan
from gld_shared.search import topk as module


@pytest.fixture(params=["float32", "bfloat16", "int16"], autouse=True)
def products(request, monkeypatch):
    """Nominate by products of one precision, whatever the processor; by numpy or compiled loops."""
    monkeypatch.setattr(module, "fastest", lambda *_: request.param)
    for compiles in (exact_scores, scan):
        monkeypatch.setattr(compiles, "is_compiled", lambda *_: request.param != "float32")
    return request.param


@pytest.fixture
def searched(monkeypatch):
    """The number of queries of each scan."""
    counts = []

    def recorded(scan, nominees):
        counts.append(len(nominees.least))
        search(scan, nominees)

    search = module.Scan.nominate
    monkeypatch.setattr(module.Scan, "nominate", recorded)
    return counts
