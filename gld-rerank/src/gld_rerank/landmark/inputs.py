"""Opening the table, the references and their list, side by side."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gld_shared.store import EmbeddingStore, open_store
from gld_shared.tables import Table, read_list

from gld_rerank.neighbours import Neighbours, Source, open_neighbours


def open_inputs(
    neighbours: Source, references: Sequence[str | Path], labels: str | Path
) -> tuple[Neighbours, list[EmbeddingStore], Table]:
    """Open neighbours, stores of references and the list of their labels.

    A list that is a file is read while the others are opened. Raises DataError for the first of
    them, in this order, that cannot be opened.
    """
    with ThreadPoolExecutor(1) as thread:
        # Reading a pipe may take for ever, and the end of the block waits for the thread.
        listed = thread.submit(read_list, labels) if Path(labels).is_file() else None
        found = open_neighbours(neighbours)
        stores = [open_store(path) for path in references]
        return found, stores, read_list(labels) if listed is None else listed.result()
