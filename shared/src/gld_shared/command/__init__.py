"""The conventions of all commands: options, verbosity, errors, exit codes, progress, provenance."""

from gld_shared.command.decorators import (
    subcommand,
    tool,
    tool_group,
    tool_with_subcommands,
)
from gld_shared.command.garbage_collection import collect_nothing_at_exit
from gld_shared.command.options import (
    checkpoint_option,
    device_option,
    engine_option,
    gpus_option,
    image_memory_option,
    images_option,
    input_argument,
    neighbours_option,
    output_option,
    seed_option,
    workers_option,
)
from gld_shared.command.paths_between_commands import print_path, store_paths
from gld_shared.command.progress import Progress, progress
from gld_shared.command.provenance import history_for
from gld_shared.provenance import DISTRIBUTION_VERSION

__all__ = [
    "DISTRIBUTION_VERSION",
    "Progress",
    "checkpoint_option",
    "collect_nothing_at_exit",
    "device_option",
    "engine_option",
    "gpus_option",
    "history_for",
    "image_memory_option",
    "images_option",
    "input_argument",
    "neighbours_option",
    "output_option",
    "print_path",
    "progress",
    "seed_option",
    "store_paths",
    "subcommand",
    "tool",
    "tool_group",
    "tool_with_subcommands",
    "workers_option",
]
