"""gld-train whiten: learn whitening from a store, and add it to the store's checkpoint."""

import click
from gld_shared.command import (
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
from gld_shared.errors import DataError

from gld_train.cli.group import main


@subcommand(
    main,
    "whiten",
    epilog="""
Examples:
  gld-train whiten train.zarr --dim 256 -o W.safetensors
  gld-embed lists/train.tsv -c model.safetensors --images PHOTOS -o train.zarr \\
    | gld-train whiten --labels lists/train.tsv -o W.safetensors
""",
)
@input_argument("store")
@output_option(required=True, help="The new checkpoint, whole or not at all.")
@click.option(
    "-c",
    "--checkpoint",
    type=InputPath(readable=False),
    metavar="CHECKPOINT",
    help="The checkpoint that made STORE.  [default: the path recorded in STORE]",
)
@click.option(
    "--labels",
    type=InputPath(),
    metavar="LIST",
    help="LDA whitening, by the labels of this list; without it, PCA whitening.",
)
@click.option(
    "--dim",
    type=click.IntRange(1, 65_536),
    help="Dimension of a whitened vector.  [default: as before]",
)
@click.option(
    "--shrinkage",
    type=FiniteFloat(0, 1),
    help="How far variances are moved to their mean; 1: PCA without whitening.  "
    "[default: Ledoit and Wolf's estimate]",
)
def whiten(
    store: str,
    output: str,
    checkpoint: str | None,
    labels: str | None,
    dim: int | None,
    shrinkage: float | None,
) -> None:
    """Learn whitening from a STORE, and add it to the checkpoint that made it.

    STORE holds the vectors of training images, or of the index, but not of queries; without it,
    its path is read from standard input, as gld-embed prints it. The new checkpoint replaces the
    old one in gld-embed -c: embed queries and index again, and change nothing else.
    """
    from gld_shared.store import open_store

    from gld_train.whitening.whiten import whiten as whiten_store

    opened = open_store(_single_path(store))
    with progress(2 * opened.n, "whitening", "vectors") as bar:
        whiten_store(
            opened,
            output,
            checkpoint=checkpoint,
            labels=labels,
            dim=dim,
            shrinkage=shrinkage,
            history=history_for,
            advance=bar.update,
        )
    print_path(output)


def _single_path(store: str) -> str:
    """Return the store's path, read from standard input if it is ``-``."""
    paths = store_paths([store])
    if len(paths) > 1:
        raise DataError(
            f"standard input: {len(paths)} stores; expected one: "
            "each network of an ensemble has a whitening of its own"
        )
    return paths[0]
