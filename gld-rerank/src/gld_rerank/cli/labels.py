"""gld-rerank labels."""

import click
from gld_shared.command import device_option, input_argument, output_option, subcommand
from gld_shared.command.path_types import InputPath

from gld_rerank.cli.group import main
from gld_rerank.cli.options import explain_option, refuse_zarr
from gld_rerank.cli.write import write_predictions

EXAMPLE = """
gld-search queries.zarr --index train.zarr \\
  | gld-rerank labels --labels lists/full.tsv > predictions.tsv
"""


@subcommand(main, "labels", epilog=EXAMPLE)
@input_argument("table")
@click.option(
    "--labels",
    required=True,
    type=InputPath(),
    metavar="LIST",
    help="List with the label of each image of the index.",
)
@click.option(
    "--vote",
    type=click.IntRange(1, 10_000),
    default=3,
    show_default=True,
    help="Number of labelled neighbours that vote on a query's landmark.",
)
@click.option(
    "--non-landmarks",
    multiple=True,
    type=InputPath(),
    metavar="STORE",
    help="Store of images without a landmark; similarity to them lowers the confidence. Repeat for "
    "each network of an ensemble.",
)
@device_option
@explain_option("Write no predictions, but how this query's neighbours voted.")
@output_option()
def labels(
    table: str,
    labels: str,
    vote: int,
    non_landmarks: tuple[str, ...],
    device: str,
    explained: str | None,
    output: str,
) -> None:
    """Predict one landmark for each query, with a confidence.

    TABLE holds the queries' neighbours among labelled images. A query without a
    labelled neighbour has no prediction.
    """
    refuse_zarr(output, "predictions are a table")
    from gld_shared.devices import choose_device
    from gld_shared.store import open_store
    from gld_shared.tables import read_list

    from gld_rerank.recognition.predict import predict_landmarks

    device = choose_device(device)
    opened = [open_store(path) for path in non_landmarks]
    predictions = predict_landmarks(table, read_list(labels), opened, vote, device)
    write_predictions(output, predictions, explained)
