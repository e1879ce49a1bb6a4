"""Instructions of the processor that numba has no words for, as functions of compiled loops."""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.registry import cpu_target
from numba.extending import intrinsic

# The keys that ``at_least`` compares.
AT_ONCE = 64
_INT32 = ir.IntType(32)


def instruction(typed: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function of compiled loops; ``typed`` returns its types and what generates it."""
    function: Callable[..., Any] = intrinsic(typed)
    return function


@instruction
def at_least(_: Any, keys: Any, row: Any, first: Any, least: Any) -> Any:
    """Return as bits which ``AT_ONCE`` keys of a row, from ``first`` on, are at least ``least``."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        _, row, first, least = arguments
        key = least.type
        vector = ir.VectorType(key, AT_ONCE)
        start = builder.add(builder.mul(row, builder.extract_value(array.shape, 1)), first)
        place = builder.bitcast(builder.gep(array.data, [start]), vector.as_pointer())
        some = builder.load(place, align=key.width // 8)
        one = builder.insert_element(vector(ir.Undefined), least, _INT32(0))
        all_least = builder.shuffle_vector(one, one, ir.VectorType(_INT32, AT_ONCE)(None))
        return builder.bitcast(builder.icmp_signed(">=", some, all_least), ir.IntType(AT_ONCE))

    if keys.layout != "C" or keys.ndim != 2:
        return None
    return types.uint64(keys, types.intp, types.intp, keys.dtype), generate


@instruction
def lowest_bit(_: Any, bits: Any) -> Any:
    """Return the place of the lowest bit of ``bits`` that is set."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.IntType(1)(1))

    return types.intp(types.uint64), generate


@instruction
def widened(_: Any, bits: Any) -> Any:
    """Return the value in float32 of a float16 with these bits, exactly, if ``widens_float16``."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        half = builder.bitcast(arguments[0], ir.HalfType())
        return builder.fpext(half, ir.FloatType())

    return types.float32(types.uint16), generate


def widens_float16() -> bool:
    """Return whether numba compiles for a processor that widens float16 by an instruction of x86.

    Otherwise compiled code would call a function that is not there.
    """
    _, _, features = cpu_target.target_context.codegen().magic_tuple()
    return "+f16c" in features.split(",")
