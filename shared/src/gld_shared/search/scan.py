"""The scan of an index: the products of its blocks, and the pairs that they nominate."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from gld_shared.progress import Advance, silent
from gld_shared.search.blocks import Doubles
from gld_shared.search.error_bounds import ProductErrors, lengths_of
from gld_shared.search.index import Index
from gld_shared.search.keys import Keys, keys_of, lowest_keys, numbers_of
from gld_shared.search.nominees import Nominees, TooManyNominees, most_nominees
from gld_shared.search.pairs import Pairs, all_of
from gld_shared.search.products import Products
from gld_shared.search.threads import in_order

# Products that a thread holds at once.
_PRODUCTS = 16_777_216


@dataclass(frozen=True)
class Scan:
    """The products of queries with an index, of whose pairs the k best of each query are wanted."""

    products: Products
    index: Index
    k: int
    block_rows: int
    advance: Advance = silent

    def nominate(self, nominees: Nominees) -> None:
        """Add all pairs to ``nominees`` that may be among the best.

        Threads take blocks, each by itself. Memory of each thread: a block in the formats of index
        and products, and 50 MB (100 MB in float32). Raises ValueError for another dimension and
        vectors that are not finite, and TooManyNominees.
        """
        starts = range(0, self.index.n, self.block_rows)
        of_block = partial(self._of_block, nominees)
        queries, done = len(self.products.errors.lengths), 0
        try:
            found = in_order(of_block, starts, self.products.threads)
            for start, (pairs, longest, added) in zip(starts, found, strict=True):
                nominees.add(pairs, longest, added)
                count = queries * min(self.block_rows, self.index.n - start)
                self.advance(count)
                done += count
        except TooManyNominees:
            self.advance(-done)
            raise

    def _of_block(self, nominees: Nominees, start: int) -> tuple[Pairs, float, float]:
        """Return a block's pairs, the length of its longest vector, and a bound on more errors."""
        block = self.index.read(slice(start, min(start + self.block_rows, self.index.n)))
        errors = self.products.errors
        if block.shape[1] != errors.dimension:
            raise ValueError(f"block has dimension {block.shape[1]}, queries {errors.dimension}")
        longest = float(lengths_of(block).max())
        bound = errors.bound(longest)
        products = self.products.with_block((start, block))
        step = _even_step(len(bound), max(1, _PRODUCTS // len(block)))
        found, most_added = [], 0.0
        for first in range(0, len(bound), step):
            part = slice(first, first + step)
            bits, added = products(part)
            chosen = _chosen(bits, nominees.floor[part], bound[part] + added, self.k, errors)
            found.append(Pairs(chosen.queries + first, chosen.rows + start, chosen.keys))
            most_added = max(most_added, added)
        return all_of(found), longest, most_added


def _even_step(count: int, most: int) -> int:
    """Return the size of the fewest parts of ``count`` items with at most ``most`` each."""
    parts = -(-count // most)
    return -(-count // parts)


def _chosen(bits: Keys, floor: Doubles, bound: Doubles, k: int, errors: ProductErrors) -> Pairs:
    """Return the pairs of products (m, b) that may be among the k best of their query."""
    cut = lowest_keys(errors.least_products(floor, bound), bits.dtype)
    # Where only products above 0 count, their bits are their keys, and those below are negative.
    keys = bits if (cut > 0).all() else keys_of(bits)
    near = keys >= cut[:, None]
    pairs = np.flatnonzero(near)
    if k < keys.shape[1] and len(pairs) > k * len(keys):
        _choose_near_the_kth(keys, near, bound, k, errors)
        pairs = np.flatnonzero(near)
    if errors.unit and len(pairs) > most_nominees(len(keys), k):
        raise TooManyNominees
    queries, columns = np.divmod(pairs, keys.shape[1])
    return Pairs(queries, columns, keys.ravel()[pairs])


def _choose_near_the_kth(
    keys: Keys, near: npt.NDArray[np.bool_], bound: Doubles, k: int, errors: ProductErrors
) -> None:
    """Choose only pairs near the k-th best of this block, for queries with more than k."""
    many = np.flatnonzero(np.count_nonzero(near, axis=1) > k)
    kth = numbers_of(np.partition(keys[many], -k, axis=1)[:, -k])
    reached = errors.least_values(kth, bound[many])
    cut = lowest_keys(errors.least_products(reached, bound[many]), keys.dtype)
    near[many] = keys[many] >= cut[:, None]
