"""The command gld-search."""

import click
from gld_shared.command import (
    device_option,
    history_for,
    input_argument,
    neighbours_option,
    output_option,
    tool,
)
from gld_shared.errors import DataError

EPILOG = """
gld-embed queries.tsv -c model.safetensors --images DIR -o q.zarr \\
  | gld-search --index index.zarr | gld-eval --truth truth.tsv
"""


@tool("gld-search", epilog=EPILOG)
@input_argument("queries", many=True)
@click.option(
    "--index",
    required=True,
    multiple=True,
    type=click.Path(),
    metavar="STORE",
    help="The store to search; repeat it, one for each query store, for an ensemble.",
)
@neighbours_option
@device_option
@output_option()
def main(
    queries: tuple[str, ...], index: tuple[str, ...], neighbours: int, device: str, output: str
) -> None:
    """Find the exact nearest neighbours of QUERIES, embedding stores.

    Without QUERIES, or for -, paths of stores are read from standard input, one a line, as
    gld-embed prints them. Several stores are an ensemble: similarities are added.
    """
    from gld_shared.embeddings import open_store
    from gld_shared.ensemble import check_ensemble
    from gld_shared.tables import NEIGHBOURS, write_table

    from gld_search.search import search

    query_stores = [open_store(path) for path in _paths(queries)]
    index_stores = [open_store(path) for path in index]
    check_ensemble(query_stores, index_stores)
    stores = [*query_stores, *index_stores]
    header = {
        "queries": [str(store.path) for store in query_stores],
        "index": [str(store.path) for store in index_stores],
        "history": history_for(
            [(str(store.path), store.sha256()) for store in stores],
            [store.history for store in stores],
        ),
    }
    rows = search(query_stores, index_stores, neighbours, device)
    write_table(output, NEIGHBOURS, rows, header)


def _paths(arguments: tuple[str, ...]) -> list[str]:
    """The arguments, with - replaced by the lines of standard input."""
    paths: list[str] = []
    for argument in arguments:
        if argument != "-":
            paths.append(argument)
            continue
        lines = [line.strip() for line in click.get_text_stream("stdin")]
        if not any(lines):
            raise DataError("standard input: empty; did the command before it fail?")
        paths += [line for line in lines if line]
    return paths
