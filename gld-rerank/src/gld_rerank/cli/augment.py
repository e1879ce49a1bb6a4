"""gld-rerank augment."""

from functools import partial

import click
from gld_shared.command import (
    device_option,
    gpus_option,
    history_for,
    input_argument,
    output_option,
    print_path,
    progress,
    store_paths,
    subcommand,
)
from gld_shared.command.number_types import FiniteFloat
from gld_shared.command.path_types import InputPath
from gld_shared.command.verbosity import set_up_log, verbosity

from gld_rerank.cli.group import main
from gld_rerank.cli.options import top_option

EXAMPLE = """
gld-rerank augment index.zarr -o augmented.zarr
gld-search queries.zarr --index augmented.zarr | gld-rerank expand > neighbours.tsv
"""


@subcommand(main, "augment", epilog=EXAMPLE)
@input_argument("store")
@output_option(required=True, help="The store to make, usually named X.zarr.")
@top_option(2, "Number of neighbours added to an image.")
@click.option(
    "--alpha",
    type=FiniteFloat(0, 1000),
    default=3.0,
    show_default=True,
    help="Power of the similarity that weights them; 0: the average.",
)
@click.option(
    "--graph",
    type=InputPath(),
    metavar="NEIGHBOURS",
    help="STORE's neighbours in itself, a table or Zarr, at least --top of each image.  "
    "[default: search for them]",
)
@gpus_option
@device_option
def augment(
    store: str,
    output: str,
    top: int,
    alpha: float,
    graph: str | None,
    processes: int,
    device: str,
) -> None:
    """Database augmentation: add to each image's vector its nearest others, as a new store.

    STORE is an embedding store; without it, its path is read from standard input, as
    gld-embed prints it. The new store is searched in its place, with the same
    queries. Its path is printed when it is complete. The same command resumes an
    interrupted store; several at a time, also on other machines, share the work.
    """
    from gld_shared.errors import DataError

    from gld_rerank.expansion.augment import augment as make_augmented
    from gld_rerank.expansion.augment import open_one_store

    paths = store_paths([store])
    if len(paths) > 1:
        raise DataError(
            f"standard input: {len(paths)} stores, expected one; augment the stores of an "
            "ensemble one by one"
        )
    level = verbosity(click.get_current_context())
    with progress(open_one_store(paths[0]).n, "augmenting", "images") as bar:
        make_augmented(
            paths[0],
            output,
            top,
            alpha,
            graph,
            device,
            processes,
            history_for,
            bar.update,
            partial(set_up_log, "gld-rerank", level),
        )
    print_path(output)
