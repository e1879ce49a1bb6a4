"""What a search holds is free once it returns, without the collection of cycles of objects."""

import gc
import weakref

import numpy as np
from gld_shared.search import guesses
from gld_shared.search.index import ArrayIndex
from gld_shared.search.topk import topk

from .loops import unit


def test_queries_and_index_are_free_after_a_search(monkeypatch):
    # A search of many portions of queries would hold all of them until the next full collection.
    monkeypatch.setattr(guesses, "_SAMPLE", 64)
    # Near copies, of which those in the sample are the best: some queries are searched again.
    index = unit(1000, 16, 1)
    index[guesses._sample(1000)] = unit(1, 16, 2) + 0.1 * unit(64, 16, 3)
    queries = np.concatenate([unit(1, 16, 2), unit(20, 16, 4)])
    held = [weakref.ref(queries), weakref.ref(index)]
    gc.disable()
    try:
        topk(queries, ArrayIndex(index), 70, block_rows=100)
        del queries, index
        assert all(each() is None for each in held)
    finally:
        gc.enable()
