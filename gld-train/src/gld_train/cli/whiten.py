"""gld-train whiten: whitening learned from a store, folded into its checkpoint."""

from pathlib import Path

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
    metavar="CHECKPOINT",
    help="The checkpoint that STORE was made with.  [default: where STORE says it is]",
)
@click.option(
    "--labels",
    type=click.Path(),
    metavar="LIST",
    help="LDA whitening, by the labels of this list; without it, PCA whitening.",
)
@click.option(
    "--dim",
    type=click.IntRange(min=1),
    help="Values of a whitened vector.  [default: as many as before]",
)
@click.option(
    "--shrinkage",
    type=click.FloatRange(0, 1),
    help="How far variances are drawn to their mean; 1: PCA without whitening.  "
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
    """Learn whitening from a STORE, and fold it into the checkpoint that made it.

    STORE holds the vectors of training images, or of the index, but of no queries; without it, its
    path is read from standard input, as gld-embed prints it. The new checkpoint takes the old one's
    place in gld-embed -c: queries and index are embedded anew, and nothing else changes.
    """
    from gld_shared.store import open_store
    from gld_shared.tables import read_list

    from gld_train.whitening import learn_lda, learn_pca, model_of, save_whitened
    from gld_train.whitening.labels import labels_of

    opened = open_store(_one(store))
    model = model_of(opened, checkpoint)
    tables = [read_list(labels)] if labels else []
    history = history_for(opened, model, *tables)
    with progress(2 * opened.n, "whitening", "vectors") as bar:
        if tables:
            found = learn_lda(opened, labels_of(opened, tables[0]), dim, shrinkage, bar.update)
        else:
            found = learn_pca(opened, dim, shrinkage, bar.update)
    save_whitened(Path(output), model, opened, found, history)
    print_path(output)


def _one(store: str) -> str:
    """The store's path, read from standard input where it is ``-``."""
    paths = store_paths([store])
    if len(paths) > 1:
        raise DataError(
            f"standard input: {len(paths)} stores; expected one: "
            "each network of an ensemble has a whitening of its own"
        )
    return paths[0]
