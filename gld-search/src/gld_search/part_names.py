"""The stores that are the parts of an index."""

from pathlib import Path

from gld_shared.images.sources.braces import expand_braces


def part_names(name: str) -> list[str]:
    """Return the paths of the parts, in order: brace ranges, unless a store has that very name."""
    return [name] if Path(name).exists() else expand_braces(name)
