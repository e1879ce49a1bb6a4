"""Helpers for the tests of all tools: running commands, small inputs, real photographs."""

from gld_shared.testing.commands import TOOLS, program, refused, run, succeeded
from gld_shared.testing.kills import killed_before
from gld_shared.testing.real_photographs import photographs
from gld_shared.testing.small_inputs import (
    small_image,
    small_list,
    small_neighbours,
    small_store,
    small_truth,
)
from gld_shared.testing.small_rankings import ranking_of, truth_of

__all__ = [
    "TOOLS",
    "killed_before",
    "photographs",
    "program",
    "ranking_of",
    "refused",
    "run",
    "small_image",
    "small_list",
    "small_neighbours",
    "small_store",
    "small_truth",
    "succeeded",
    "truth_of",
]
