"""The command gld-rerank."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import click
from gld_shared.command import (
    device_option,
    history_for,
    input_argument,
    neighbours_option,
    output_option,
    progress,
    subcommand,
    tool_group,
)
from gld_shared.errors import DataError

if TYPE_CHECKING:
    import polars as pl
    from gld_shared.search.blocks import Floats, Rows
    from gld_shared.store import EmbeddingStore
    from gld_shared.tables import Table

    from gld_rerank.named_stores import Stores

GROUP = 2048  # queries that are reranked at once

EXPAND = """
gld-search queries.zarr --index index.zarr | gld-rerank expand > neighbours.tsv
"""
LANDMARK = """
gld-search queries.zarr --index index.zarr \\
  | gld-rerank landmark --reference train.zarr --labels lists/full.tsv \\
  | gld-eval --truth truth.tsv
"""


@tool_group("gld-rerank", default="expand", epilog=EXPAND)
def main() -> None:
    """Rank neighbours again, with the stores that the table names.

    Without a sub-command: expand.
    """


@subcommand(main, "expand", epilog=EXPAND)
@input_argument("table")
@click.option(
    "--top",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="Neighbours that are added to a query.",
)
@click.option(
    "--alpha",
    type=click.FloatRange(min=0),
    default=3.0,
    show_default=True,
    help="Power of the similarity that weighs them.",
)
@neighbours_option
@device_option
@output_option()
def expand(table: str, top: int, alpha: float, neighbours: int, device: str, output: str) -> None:
    """Alpha query expansion: add each query's best neighbours to it, and search again.

    TABLE is what gld-search wrote, or standard input.
    """
    from gld_shared.devices import choose_device
    from gld_shared.search.topk import topk
    from gld_shared.store.ensemble import joined, joined_blocks
    from gld_shared.tables import read_best_neighbours

    from gld_rerank.named_stores import best_neighbours, open_stores
    from gld_rerank.query_expansion import expand_ensemble

    device = choose_device(device)
    found = read_best_neighbours(table, top)
    stores = open_stores(found)
    nearest, scores = best_neighbours(found, stores, top)
    widths = [store.dimension for store in stores.index]

    def rerank(part: slice) -> "tuple[Floats, Rows]":
        rows = nearest[part]
        vectors = joined(stores.index, rows.ravel()).reshape(*rows.shape, -1)
        queries = joined(stores.queries, stores.query_rows[part])
        expanded = expand_ensemble(queries, vectors, scores[part], alpha, widths)
        return topk(expanded, joined_blocks(stores.index), neighbours, device)

    _write(output, found, stores, rerank, [], [])


@subcommand(main, "landmark", epilog=LANDMARK)
@input_argument("table")
@click.option(
    "--reference",
    multiple=True,
    required=True,
    type=click.Path(),
    metavar="STORE",
    help="Labelled images; repeat it, one for each network of an ensemble.",
)
@click.option(
    "--labels",
    required=True,
    type=click.Path(),
    metavar="LIST",
    help="The list with label and country of each reference.",
)
@click.option("--alpha", default=1.0, show_default=True, help="Weight of a shared landmark.")
@click.option("--beta", default=0.1, show_default=True, help="Weight of a shared country.")
@click.option(
    "--vote",
    type=click.IntRange(1, 30),
    default=3,
    show_default=True,
    help="References that vote on a query's landmark and country.",
)
@neighbours_option
@device_option
@output_option()
def landmark(
    table: str,
    reference: tuple[str, ...],
    labels: str,
    alpha: float,
    beta: float,
    vote: int,
    neighbours: int,
    device: str,
    output: str,
) -> None:
    """Raise index images of the query's likely landmarks and countries.

    Both are told by the nearest labelled references; a list without a column
    country tells landmarks alone. The whole index is ranked anew, so images
    outside TABLE can come in.
    """
    from gld_shared.devices import choose_device
    from gld_shared.store import check_comparable, open_store
    from gld_shared.store.ensemble import joined, joined_blocks
    from gld_shared.tables import read_best_neighbours, read_list

    from gld_rerank.landmark import cast_votes, landmark_rerank, nearest_references, references_of
    from gld_rerank.named_stores import open_stores, tags_of

    device = choose_device(device)
    # Of the table only the names of queries and stores are used: the index is ranked anew.
    found, labelled = read_best_neighbours(table, 1), read_list(labels)
    stores = open_stores(found)
    opened = [open_store(path) for path in reference]
    if len(opened) != len(stores.index):
        raise DataError(
            f"{len(opened)} --reference and {len(stores.index)} index stores in {found.path}; "
            "expected one for each, in the same order"
        )
    references = []
    for store, one in zip(stores.index, opened, strict=True):
        check_comparable(store, one)
        references.append(references_of(one, *tags_of(one, labelled)))
    nearest = [
        nearest_references(store.blocks(), one, device)
        for store, one in zip(stores.index, references, strict=True)
    ]

    def rerank(part: slice) -> "tuple[Floats, Rows]":
        votes = []
        rows = stores.query_rows[part]
        for store, one, near in zip(stores.queries, references, nearest, strict=True):
            votes += cast_votes(store.read(rows), near, one, alpha, beta, vote, device)
        queries = joined(stores.queries, rows)
        index = partial(joined_blocks, stores.index)
        return landmark_rerank(queries, index, votes, neighbours, device)

    _write(output, found, stores, rerank, opened, [labelled])


def _write(
    output: str,
    found: "Table",
    stores: "Stores",
    rerank: "Callable[[slice], tuple[Floats, Rows]]",
    more_stores: "list[EmbeddingStore]",
    more_tables: "list[Table]",
) -> None:
    """Write the new ranking of groups of queries, with what it was made from."""
    from gld_shared.search.neighbour_table import neighbour_table
    from gld_shared.tables import NEIGHBOURS, write_table

    all_stores, tables = [*stores.all, *more_stores], [found, *more_tables]
    header = {
        "queries": [str(store.path) for store in stores.queries],
        "index": [str(store.path) for store in stores.index],
        "history": history_for(*tables, *all_stores),
    }

    def blocks() -> "Iterator[pl.DataFrame]":
        with progress(len(stores.query_ids), "reranking", "queries") as bar:
            for start in range(0, len(stores.query_ids), GROUP):
                part = slice(start, start + GROUP)
                scores, rows = rerank(part)
                yield neighbour_table(stores.query_ids[part], stores.index[0].ids, scores, rows)
                bar.update(len(rows))

    write_table(output, NEIGHBOURS, blocks(), header)
