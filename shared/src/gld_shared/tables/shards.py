"""Refusing the table of a shard where a whole search is expected."""

from collections.abc import Mapping
from typing import Any

from gld_shared.errors import DataError

# The key of the header of what ``gld-search --shard`` wrote.
SHARD = "shard"


def refuse_shard(header: Mapping[str, Any], name: str) -> None:
    """Raise DataError for a shard of a search, whose queries lack the neighbours in the others."""
    if SHARD not in header:
        return
    entry, which = header[SHARD], "a shard"
    if isinstance(entry, dict):
        which = f"shard {entry.get('number')}/{entry.get('count')}"
    raise DataError(
        f"{name}:1: is {which} of a search, without the neighbours in the others; give the table "
        "that gld-search merge makes of all shards"
    )
