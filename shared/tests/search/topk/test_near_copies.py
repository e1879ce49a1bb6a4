"""Pairs that products do not tell apart."""

import numpy as np
from gld_shared.search import topk as module
from gld_shared.search.bfloat16_products import BFloat16Products
from gld_shared.search.index import ArrayIndex
from gld_shared.search.int16_products import Int16Products
from gld_shared.search.nominee_groups import NomineeGroups
from gld_shared.search.products import Float32Products
from gld_shared.search.topk import topk, topk_arrays

from .loops import assert_equal, slow, unit


def test_pairs_that_rounded_vectors_do_not_tell_apart(products, monkeypatch):
    # More than 16 k + 256 rows within its error of the best.
    index = unit(1, 64, 6) + 1e-5 * np.random.default_rng(7).random((2000, 64), dtype=np.float32)
    queries = unit(3, 64, 8)
    formats = []

    def recorded(scan, *arguments):
        formats.append(type(scan.products))
        search(scan, *arguments)

    search = module.Scan.nominate
    monkeypatch.setattr(module.Scan, "nominate", recorded)
    counts = []
    found = topk(queries, ArrayIndex(index), 5, block_rows=700, advance=counts.append)
    assert_equal(found, slow(queries, index, 5))
    assert sum(counts) == 3 * 2000
    first = {"bfloat16": [BFloat16Products], "int16": [Int16Products], "float32": []}[products]
    assert formats == [*first, Float32Products]


def test_near_copies_that_are_noticed_after_the_last_block_are_counted_once(products):
    index = unit(9000, 32, 6)
    index[np.random.default_rng(7).permutation(9000)[:3300]] = unit(1, 32, 8)
    counts = []
    topk(
        np.repeat(unit(1, 32, 8), 4, axis=0),
        ArrayIndex(index),
        500,
        block_rows=1000,
        advance=lambda count, *_: counts.append(count),
    )
    assert sum(counts) == 4 * 9000
    assert (min(counts) < 0) is (products != "float32")


def test_pairs_that_float32_does_not_tell_apart_are_reduced_block_by_block(monkeypatch):
    # More than 4 k + 1,024 rows of each block are equal.
    index = np.repeat(unit(3, 16, 12), 2000, axis=0)
    queries = unit(4, 16, 13)
    kept = []

    def recorded(nominees, pairs, *errors):
        kept.append(len(pairs.rows))
        add(nominees, pairs, *errors)

    add = NomineeGroups.add
    monkeypatch.setattr(NomineeGroups, "add", recorded)
    assert_equal(topk_arrays(queries, index, 7, block_rows=1500), slow(queries, index, 7))
    assert kept[0] == 4 * 7 and max(kept) <= 4 * (4 * 7 + 1024)
