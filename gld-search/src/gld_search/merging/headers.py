"""The headers of shards: whether they are all shards of one search, and the header of the whole."""

from collections.abc import Iterator, Sequence
from typing import Any

from gld_shared.errors import DataError
from gld_shared.tables.neighbour_stream import NeighbourStream
from gld_shared.tables.shards import SHARD
from gld_shared.type_contract import type_fault

from gld_search.shard import Shard, ShardEntry


def entry_of(table: NeighbourStream) -> ShardEntry:
    """Return what a shard's header says of it. Raises DataError for any other table."""
    entry: ShardEntry | None = table.header.get(SHARD)
    fault = "it names no shard" if entry is None else type_fault(entry, ShardEntry, SHARD)
    if fault is None and entry is not None:
        if not 1 <= entry["number"] <= entry["count"]:
            fault = f"shard: there is no shard {entry['number']}/{entry['count']}"
        elif not table.history or _place_of_option(table) is None:
            fault = "history: its last step has no --shard"
        else:
            return entry
    raise DataError(
        f"{table.name}:1: header: {fault}; expected a table that gld-search --shard i/n wrote"
    )


def in_order(tables: Sequence[NeighbourStream]) -> list[NeighbourStream]:
    """Return the shards of a search in the order of their rows.

    Raises DataError for shards of different searches, and for a repeated or a missing shard.
    """
    first, count = tables[0], entry_of(tables[0])["count"]
    by_number: dict[int, NeighbourStream] = {}
    for table in tables:
        _refuse_other_search(first, table)
        number = entry_of(table)["number"]
        if number in by_number:
            raise DataError(
                f"{table.name}: is shard {Shard(number, count)}, as {by_number[number].name} is; "
                "expected each shard once"
            )
        by_number[number] = table
    if len(by_number) < count:
        missing = next(number for number in range(1, count + 1) if number not in by_number)
        raise DataError(
            f"{first.name}: is one of {count} shards; expected {Shard(missing, count)} too, which "
            f"gld-search --shard {Shard(missing, count)} writes"
        )
    return [by_number[number] for number in sorted(by_number)]


def header_of_the_whole(shard: NeighbourStream) -> dict[str, Any]:
    """Return the header that the search without shards writes."""
    *earlier, own = shard.history
    place = _place_of_option(shard) or 0
    arguments = [*own["arguments"][:place], *own["arguments"][place + 2 :]]
    header = {key: value for key, value in shard.header.items() if key not in ("format", SHARD)}
    return {**header, "history": [*earlier, {**own, "arguments": arguments}]}


def _place_of_option(shard: NeighbourStream) -> int | None:
    """Return the place of ``--shard`` in the arguments of the last step."""
    arguments = shard.history[-1]["arguments"]
    entry = shard.header[SHARD]
    option = ["--shard", f"{entry['number']}/{entry['count']}"]
    places = (at for at in range(len(arguments)) if arguments[at : at + 2] == option)
    return next(places, None)


def _refuse_other_search(first: NeighbourStream, other: NeighbourStream) -> None:
    """Raise DataError unless two tables are shards of one search."""
    for (ours, our_words), (theirs, their_words) in zip(
        _settings(first), _settings(other), strict=False
    ):
        if ours != theirs:
            raise DataError(
                f"{other.name}: {their_words}, but {first.name} {our_words}; "
                "expected shards of one search"
            )


def _settings(table: NeighbourStream) -> Iterator[tuple[Any, str]]:
    """Yield the settings that shards of one search share, each with the words of a message."""
    entry, weights = entry_of(table), table.header.get("weights")
    inputs = table.history[-1]["inputs"]
    yield entry["count"], f"is one of {entry['count']} shards"
    yield entry["neighbours"], f"has {entry['neighbours']} neighbours per query"
    yield entry["keep_self"], f"{'keeps' if entry['keep_self'] else 'leaves out'} the query itself"
    yield weights, f"has the weights {weights}" if weights else "has no weights"
    yield len(inputs), f"is of {len(inputs)} stores"
    for store in inputs:
        yield store["sha256"], f"is of {store['path']} with sha256 {store['sha256'][:12]}"
