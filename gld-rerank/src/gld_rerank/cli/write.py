"""Writing the result of any method."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from gld_shared.command import history_for, progress
from gld_shared.command.provenance import settings_of_subcommand
from gld_shared.neighbours.forms import writes_zarr

if TYPE_CHECKING:
    from gld_rerank.recognition.predict import Predictions
    from gld_rerank.reranking import NewNeighbours


def write_reranking(
    output: str, found: "NewNeighbours", k: int, explained: str | None = None
) -> None:
    """Run a rerank and write its neighbours, with the history of everything it reads.

    ``k`` is the largest number of neighbours of a query. Neighbours whose name ends in .zarr are
    written as arrays. Or write only why the results of the query ``explained`` moved.
    """
    if explained is not None:
        write_lines(output, found.explain(explained))
        return
    header = {**found.header, "history": history_for(*found.inputs)}
    if writes_zarr(output):
        from gld_rerank.to_zarr import rerank_to_zarr

        header["rerank"] = settings_of_subcommand()
        with progress(found.searched[0], "reranking", "queries") as bar:
            rerank_to_zarr(found, output, header, k, bar.update)
        return
    from gld_shared.tables import NEIGHBOURS, write_table

    with progress(found.n_queries, "reranking", "queries") as bar:
        write_table(output, NEIGHBOURS, found.blocks(bar.update), header)


def write_predictions(
    output: str, predictions: "Predictions", explained: str | None = None
) -> None:
    """Write one landmark for each query, with the history of everything that was read.

    Or write only why the query ``explained`` has its own.
    """
    if explained is not None:
        write_lines(output, predictions.explain(explained))
        return
    from gld_shared.tables import PREDICTIONS, write_table

    header = {"history": history_for(*predictions.inputs)}
    with progress(predictions.n_queries, "predicting", "queries") as bar:
        write_table(output, PREDICTIONS, predictions.blocks(bar.update), header)


def write_lines(output: str, lines: Iterable[str]) -> None:
    """Write lines of text, whole or not at all; ``-`` is standard output."""
    from gld_shared.files import open_text_output

    with open_text_output(output) as stream:
        stream.writelines(f"{line}\n".encode() for line in lines)
