"""A tile of products of 16-bit integers, whose sums stay in the processor's registers.

As vector code of LLVM, which chooses the processor's instructions: with AVX2, one multiplies 16
integers and adds neighbours, where float32 multiplies and adds 8.
"""

from itertools import chain
from typing import Any

from llvmlite import ir
from numba import types

from gld_shared.search.compiled.instructions import instruction

# Rows of the left panel, and of the right one: their sums take 12 of AVX2's 16 registers.
HEIGHT, WIDTH = 6, 16
_LANES = 8
_VECTORS = WIDTH // _LANES
_INT32, _INT64 = ir.IntType(32), ir.IntType(64)
_SUMS = ir.VectorType(_INT32, _LANES)
_FLOATS = ir.VectorType(ir.FloatType(), _LANES)

# Vectors of LLVM: those of each left row.
_Rows = list[list[Any]]


@instruction
def multiply_tile(
    _: Any,
    left: Any,
    left_steps: Any,
    above: Any,
    right: Any,
    right_steps: Any,
    beside: Any,
    products: Any,
    row: Any,
    column: Any,
) -> Any:
    """Write the products of two panels' rows, times the steps of both, at a row and a column.

    Panels ``left[above]`` (pairs, HEIGHT) and ``right[beside]`` (pairs, WIDTH) int32 hold two
    16-bit integers in each number; no sum may exceed 31 bits. Their steps and products are float32.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def array(place: int) -> Any:
            kind = signature.args[place]
            return context.make_array(kind)(context, builder, arguments[place])

        def panel(place: int, which: Any, length: Any) -> Any:
            return builder.gep(array(place).data, [builder.mul(which, length)])

        _, _, above, _, _, beside, _, row, column = arguments
        pairs, result = builder.extract_value(array(0).shape, 1), array(6)
        some = panel(0, above, builder.mul(pairs, _INT64(HEIGHT)))
        others = panel(3, beside, builder.mul(pairs, _INT64(WIDTH)))
        some_steps = panel(1, above, _INT64(HEIGHT))
        other_steps = panel(4, beside, _INT64(WIDTH))
        sums = _sum_up(builder, some, others, pairs)
        factors = [_load(builder, other_steps, _LANES * each, _FLOATS) for each in range(_VECTORS)]
        width = builder.extract_value(result.shape, 1)
        for height, of_row in enumerate(sums):
            factor = _in_all_lanes(builder, builder.load(_at(builder, some_steps, height)))
            of_result = builder.mul(builder.add(row, _INT64(height)), width)
            start = builder.gep(result.data, [builder.add(of_result, column)])
            for each, total in enumerate(of_row):
                scaled = builder.fmul(builder.sitofp(total, _FLOATS), factor)
                place = builder.bitcast(_at(builder, start, _LANES * each), _FLOATS.as_pointer())
                builder.store(builder.fmul(scaled, factors[each]), place, align=4)
        return context.get_dummy_value()

    arrays = left, left_steps, right, right_steps, products
    if any(kind.layout != "C" for kind in arrays):
        return None
    place = types.intp
    some, others = (left, left_steps, place), (right, right_steps, place)
    return types.void(*some, *others, products, place, place), generate


def _sum_up(builder: Any, left: Any, right: Any, pairs: Any) -> _Rows:
    """Generate the loop over all pairs of integers, and return the sums."""
    before = builder.block
    loop, after = (builder.append_basic_block(name) for name in ("pairs", "sums"))
    end = builder.gep(left, [builder.mul(pairs, _INT64(HEIGHT))])
    builder.branch(loop)
    builder.position_at_end(loop)
    some, others = builder.phi(left.type), builder.phi(right.type)
    some.add_incoming(left, before)
    others.add_incoming(right, before)
    sums = [[builder.phi(_SUMS) for _ in range(_VECTORS)] for _ in range(HEIGHT)]
    vectors = [_load(builder, others, _LANES * each, _SUMS) for each in range(_VECTORS)]
    added: _Rows = []
    for height, of_row in enumerate(sums):
        factor = _in_all_lanes(builder, builder.load(_at(builder, some, height)))
        added.append(
            [
                builder.add(total, _sums_of_two(builder, factor, vector))
                for total, vector in zip(of_row, vectors, strict=True)
            ]
        )
    next_some, next_others = _at(builder, some, HEIGHT), _at(builder, others, WIDTH)
    some.add_incoming(next_some, loop)
    others.add_incoming(next_others, loop)
    for total, value in zip(chain(*sums), chain(*added), strict=True):
        total.add_incoming(_SUMS(None), before)
        total.add_incoming(value, loop)
    builder.cbranch(builder.icmp_unsigned("!=", next_some, end), loop, after)
    builder.position_at_end(after)
    return added


def _sums_of_two(builder: Any, left: Any, right: Any) -> Any:
    """Multiply 16-bit integers, and add the products of each pair: one instruction of x86."""
    values = ir.VectorType(ir.IntType(16), 2 * _LANES)
    wide = ir.VectorType(_INT32, 2 * _LANES)
    some, others = (builder.sext(builder.bitcast(each, values), wide) for each in (left, right))
    products = builder.mul(some, others)
    even, odd = (_SUMS([lane * 2 + first for lane in range(_LANES)]) for first in (0, 1))
    return builder.add(
        builder.shuffle_vector(products, products, even),
        builder.shuffle_vector(products, products, odd),
    )


def _in_all_lanes(builder: Any, value: Any) -> Any:
    vector = ir.VectorType(value.type, _LANES)
    one = builder.insert_element(vector(ir.Undefined), value, _INT32(0))
    return builder.shuffle_vector(one, one, _SUMS(None))


def _at(builder: Any, pointer: Any, place: int) -> Any:
    return builder.gep(pointer, [_INT64(place)])


def _load(builder: Any, pointer: Any, place: int, vector: Any) -> Any:
    start = builder.bitcast(_at(builder, pointer, place), vector.as_pointer())
    return builder.load(start, align=4)
