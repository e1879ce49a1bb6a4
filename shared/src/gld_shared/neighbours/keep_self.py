"""Whether neighbours keep the queries' own images, by their header."""

from gld_shared.neighbours.named_stores import Described


def keeps_self(source: Described) -> bool:
    """Return whether neighbours keep images that have the query's id, as a search may.

    The header says so; that of a search by an older release does not, but its arguments do.
    """
    recorded = source.header.get("keep_self")
    last = source.history[-1]["arguments"] if source.history else []
    return "--keep-self" in last if recorded is None else bool(recorded)
