"""gld-search itself: the search."""

from gld_shared import command

from gld_search.cli.options import index_option, keep_self_option, shard_option, weight_option
from gld_search.shard import WHOLE, Shard

EXAMPLES = """
Examples:
  gld-search queries.zarr --index index.zarr -k 100 -o neighbours.tsv
  gld-embed queries.tsv -c model.safetensors --images photos -o q.zarr \\
    | gld-search --index index.zarr | gld-eval --truth truth.tsv
"""


@command.tool_with_subcommands("gld-search", epilog=EXAMPLES)
@command.input_argument("queries", many=True)
@index_option
@keep_self_option
@weight_option
@shard_option
@command.neighbours_option
@command.device_option
@command.output_option()
def main(
    queries: tuple[str, ...],
    indexes: tuple[str, ...],
    keep_self: bool,
    weights: tuple[float, ...],
    shard: Shard | None,
    neighbours: int,
    device: str,
    output: str,
) -> None:
    """Find the nearest neighbours of QUERIES, exactly.

    QUERIES are embedding stores; without them, their paths are read from standard input, one per
    line, as gld-embed prints them. Several stores are an ensemble: their similarities are summed.
    An index image with the id of the query is the query itself, and left out.
    """
    from gld_shared.devices import choose_device
    from gld_shared.store import open_store
    from gld_shared.store.parts import names_of, open_parts, stores_of
    from gld_shared.tables import NEIGHBOURS, write_table

    from gld_search.part_names import part_names
    from gld_search.search import Search

    names = command.store_paths(queries)
    query_stores = [open_store(name) for name in names]
    index_stores = [open_parts(part_names(name)) for name in indexes]
    search = Search(query_stores, index_stores, neighbours, keep_self, weights, shard or WHOLE)
    with command.progress(search.pairs, "searching", "pairs", show_position=False) as bar:
        device = choose_device(device)
        header = {
            "queries": names,
            "index": [names_of(store) for store in index_stores],
            "history": command.history_for(*query_stores, *stores_of(index_stores)),
        }
        if weights:
            header["weights"] = list(weights)
        if shard:
            header["shard"] = shard.entry(neighbours, keep_self, search.neighbours)
        write_table(output, NEIGHBOURS, search.blocks(device, bar.update), header)
