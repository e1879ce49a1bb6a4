"""Writing the new neighbours of any method."""

from typing import TYPE_CHECKING

from gld_shared.command import history_for, progress

if TYPE_CHECKING:
    from gld_rerank.reranking import Reranking


def write_reranking(output: str, reranking: "Reranking") -> None:
    """Run a rerank and write its neighbours, with the history of everything it reads."""
    from gld_shared.tables import NEIGHBOURS, write_table

    header = {**reranking.header, "history": history_for(*reranking.inputs)}
    with progress(reranking.n_queries, "reranking", "queries") as bar:
        write_table(output, NEIGHBOURS, reranking.blocks(bar.update), header)
