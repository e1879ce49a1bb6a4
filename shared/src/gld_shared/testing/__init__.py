"""Helpers for the tests of all tools: running commands, small inputs, real photographs."""

from gld_shared.testing.child_processes import children_of, spawned_by, wait_for_end
from gld_shared.testing.commands import TOOLS, program, refused, run, start, succeeded
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
from gld_shared.testing.written_units import wait_for_units, written_units

__all__ = [
    "TOOLS",
    "children_of",
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
    "spawned_by",
    "start",
    "succeeded",
    "truth_of",
    "wait_for_end",
    "wait_for_units",
    "written_units",
]
