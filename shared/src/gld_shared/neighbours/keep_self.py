"""Whether neighbours keep the queries' own images, by their header."""

from gld_shared.neighbours.named_stores import AnyNeighbours, recorded_stores


def keeps_self(source: AnyNeighbours) -> bool:
    """Return whether neighbours keep images that have the query's id, as a search may.

    The header says so; those of older releases do not, but the arguments of their search do. It is
    the first search of these stores in the history: what follows may be searches for tags.
    """
    recorded = source.header.get("keep_self")
    if recorded is not None:
        return bool(recorded)
    header = source.header
    stores = [*recorded_stores(header, "queries"), *recorded_stores(header, "index")]
    digests = [store["sha256"] for store in stores]
    searches = (
        step["arguments"]
        for step in source.history
        if step["tool"] == "gld-search"
        and [each["sha256"] for each in step["inputs"][: len(digests)]] == digests
    )
    return "--keep-self" in next(searches, [])
