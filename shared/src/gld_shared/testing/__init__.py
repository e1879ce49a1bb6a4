"""For the tests of all tools: running commands, small inputs, where the reference values are."""

from gld_shared.testing.commands import TOOLS, program, run
from gld_shared.testing.inputs import (
    small_image,
    small_list,
    small_neighbours,
    small_store,
    small_truth,
)
from gld_shared.testing.reference import golden, photographs

__all__ = [
    "TOOLS",
    "golden",
    "photographs",
    "program",
    "run",
    "small_image",
    "small_list",
    "small_neighbours",
    "small_store",
    "small_truth",
]
