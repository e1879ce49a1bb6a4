"""gld-search merge."""

import click
from gld_shared import command
from gld_shared.command.path_types import InputPath

from gld_search.cli.search import main

EXAMPLE = """
for i in 1 2 3 4; do
  gld-search queries.zarr --index index.zarr --shard $i/4 -o part$i.tsv
done
gld-search merge part?.tsv -o neighbours.tsv
"""


@command.subcommand(main, "merge", epilog=EXAMPLE)
@click.argument("tables", nargs=-1, required=True, type=InputPath())
@command.output_option()
def merge(tables: tuple[str, ...], output: str) -> None:
    """Merge the shards of a search into one table.

    TABLES are what gld-search --shard wrote for each shard, in any order. The result has the bytes
    of the table that the same search writes without --shard.
    """
    from gld_shared.neighbours.forms import writes_zarr
    from gld_shared.tables import NEIGHBOURS, write_table

    from gld_search.merging.merge import merging

    if writes_zarr(output):
        raise click.UsageError(
            f"-o {output}: shards are merged into a table; give -o a name that does not end in "
            ".zarr, or search without --shard to write Zarr"
        )
    with merging(tables) as merged, command.progress(merged.rows, "merging", "rows") as bar:
        write_table(output, NEIGHBOURS, merged.blocks(bar.update), merged.header)
