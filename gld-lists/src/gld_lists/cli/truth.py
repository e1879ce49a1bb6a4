"""gld-lists truth: the index images that are relevant to each query."""

from pathlib import Path

import click
from gld_shared.command import history_for, output_option, subcommand
from gld_shared.command.path_types import InputPath

from gld_lists.cli.group import main


@subcommand(
    main,
    "truth",
    epilog="""
Example:
  gld-lists truth --queries queries.tsv --index index.tsv -o truth.tsv
""",
)
@click.option("--queries", type=InputPath(), help="A list with labels; with --index.")
@click.option("--index", type=InputPath(), help="A list with labels; with --queries.")
@click.option("--solution", type=InputPath(), help="Google's retrieval_solution CSV.")
@output_option()
def truth(queries: str | None, index: str | None, solution: str | None, output: str) -> None:
    """List the index images that are relevant to each query.

    Either from the labels of two lists (--queries and --index), compared by landmark name where
    both lists have names, or from Google's solution (--solution), with its usages.
    """
    from gld_shared.kaggle_solution import relevant_pairs
    from gld_shared.provenance import PlainFile
    from gld_shared.tables import TRUTH, read_list, write_table

    from gld_lists.gldv2.solution import read_solution
    from gld_lists.truth import truth_from_labels

    if solution and not queries and not index:
        rows = relevant_pairs(read_solution(Path(solution)))
        history = history_for(PlainFile.read(solution))
    elif queries and index and not solution:
        tables = [read_list(queries), read_list(index)]
        rows = truth_from_labels(tables[0].rows, tables[1].rows)
        history = history_for(*tables)
    else:
        raise click.UsageError("give --queries and --index, or --solution")
    write_table(output, TRUTH, rows, {"history": history})
