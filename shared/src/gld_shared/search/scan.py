"""The scan of an index: the products of its blocks, and the pairs that they nominate."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from gld_shared.progress import Advance, silent
from gld_shared.search.blas_threads import single_blas_thread
from gld_shared.search.blocks import Doubles
from gld_shared.search.compiled.worth import is_compiled
from gld_shared.search.error_bounds import ProductErrors
from gld_shared.search.guesses import guesses
from gld_shared.search.index import Index
from gld_shared.search.keys import Keys, keys_of, lowest_keys, numbers_of
from gld_shared.search.nominee_groups import NomineeGroups
from gld_shared.search.nominees import TooManyNominees, most_nominees
from gld_shared.search.pairs import Pairs, all_of
from gld_shared.search.places_of_true import places_of_true
from gld_shared.search.products import Products
from gld_shared.search.threads import in_order
from gld_shared.search.workspace import Workspace
from gld_shared.timing import Times

# Products that a thread holds at once.
PRODUCTS_AT_ONCE = 3_700_000

# The size of each thread's first block, in blocks.
FIRST_BLOCKS = 2

# A block's pairs, the length of its longest vector, a bound on further errors, and its rows.
_Nominated = tuple[Pairs, float, float, int]


@dataclass(frozen=True)
class Scan:
    """The products of queries with an index, of whose pairs the k best of each query are wanted."""

    products: Products
    index: Index
    k: int
    block_rows: int
    advance: Advance = silent
    times: Times = field(default_factory=Times)
    _workspace: Workspace = field(default_factory=Workspace)

    def guesses(self) -> Doubles:
        """Guess what the k best of each query reach, (q,). Memory: as that of first blocks."""
        with single_blas_thread():
            return guesses(self.products, self.index, self.k, PRODUCTS_AT_ONCE, self.times)

    def nominate(self, nominees: NomineeGroups) -> None:
        """Add all pairs to ``nominees`` that may be among the best.

        Threads take blocks, each by itself. Memory of each thread: a first block in the formats of
        index and products, and up to 48 MB. Raises ValueError for another dimension and
        vectors that are not finite, and TooManyNominees.
        """
        queries = len(self.products.errors.lengths)
        with single_blas_thread():
            for pairs, longest, added, rows in self._nominated(nominees):
                nominees.add(pairs, longest, added)
                self.advance(queries * rows)

    def _nominated(self, nominees: NomineeGroups) -> Iterator[_Nominated]:
        """Yield what each block nominates, in order."""

        def of_block(rows: slice) -> _Nominated:
            return self._of_block(nominees, rows)

        threads, n, first = self.products.threads, self.index.n, 0
        if not np.isfinite(nominees.least).all():
            # Once the best of the first blocks are known, later ones nominate few pairs, the fewer
            # the larger the first ones are.
            first = min(n, threads * FIRST_BLOCKS * self.block_rows)
            yield from in_order(of_block, _blocks(0, first, -(-first // threads)), threads)
        yield from in_order(of_block, _blocks(first, n, self.block_rows), threads)

    def _of_block(self, nominees: NomineeGroups, rows: slice) -> _Nominated:
        with self.times.spent_on("reading"):
            block = self.products.of_block(self.index, rows)
        errors = self.products.errors
        bound = errors.bound(block.longest)
        columns = rows.stop - rows.start
        step = _even_step(len(bound), max(1, PRODUCTS_AT_ONCE // columns))
        found, most_added = [], 0.0
        for first in range(0, len(bound), step):
            part = slice(first, min(first + step, len(bound)))
            shape = (part.stop - first, columns)
            bits = self._workspace.array("bits", shape, self.products.key_type)
            with self.times.spent_on("product"):
                block.multiply(part, bits)
                added = block.add_bonus(part, bits)
            near = self._workspace.array("near", shape, np.bool_)
            with self.times.spent_on("nomination"):
                floor, of_part = nominees.least[part], bound[part] + added
                chosen = _chosen(bits, near, floor, of_part, self.k, errors)
            pairs = Pairs(chosen.queries + first, chosen.rows + rows.start, chosen.keys)
            if len(pairs.rows) > most_nominees(shape[0], self.k):
                if errors.unit:
                    raise TooManyNominees
                pairs = nominees.reduced(pairs)
            found.append(pairs)
            most_added = max(most_added, added)
        return all_of(found), block.longest, most_added, columns


def _blocks(start: int, stop: int, rows: int) -> Iterator[slice]:
    """Yield slices of so many rows; the last one may be shorter."""
    return (slice(first, min(first + rows, stop)) for first in range(start, stop, rows))


def _even_step(count: int, most: int) -> int:
    """Return the size of the fewest parts of ``count`` items with at most ``most`` each."""
    parts = -(-count // most)
    return -(-count // parts)


def _chosen(
    bits: Keys,
    near: npt.NDArray[np.bool_],
    floor: Doubles,
    bound: Doubles,
    k: int,
    errors: ProductErrors,
) -> Pairs:
    """Return the pairs of products (m, b) that may be among the k best of their query.

    ``near`` (m, b) is overwritten.
    """
    cut = lowest_keys(errors.least_products(floor, bound), bits.dtype)
    # Where only products above 0 count, their bits are their keys, and those below are negative.
    keys = bits if (cut > 0).all() else keys_of(bits)
    if is_compiled():
        # Imported here: numba takes up to 0.7 s to start.
        from gld_shared.search.compiled.choice import chosen_keys

        chosen = chosen_keys(keys, cut, min(k, keys.shape[1]) * len(keys))
        if chosen is not None:
            return chosen
    np.greater_equal(keys, cut[:, None], out=near)
    if k < keys.shape[1] and np.count_nonzero(near) > k * len(keys):
        _choose_near_the_kth(keys, near, bound, k, errors)
    pairs = places_of_true(near.ravel())
    # Several times as fast as np.divmod.
    queries = pairs // keys.shape[1]
    return Pairs(queries, pairs - queries * keys.shape[1], keys.ravel()[pairs])


def _choose_near_the_kth(
    keys: Keys, near: npt.NDArray[np.bool_], bound: Doubles, k: int, errors: ProductErrors
) -> None:
    """Choose only pairs near the k-th best of this block, for queries with more than k."""
    many = np.flatnonzero(np.count_nonzero(near, axis=1) > k)
    kth = numbers_of(np.partition(keys[many], -k, axis=1)[:, -k])
    reached = errors.least_values(kth, bound[many])
    cut = lowest_keys(errors.least_products(reached, bound[many]), keys.dtype)
    near[many] = keys[many] >= cut[:, None]
