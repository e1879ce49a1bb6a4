"""gld-lists submission: neighbours as other programs read them, Kaggle's CSV or a TREC run."""

import click
from gld_shared.command import input_argument, neighbours_option, output_option, subcommand

from gld_lists.cli.group import main


@subcommand(
    main,
    "submission",
    epilog="""
Example:
  gld-search queries.zarr --index index.zarr | gld-lists submission -o s.csv
""",
)
@input_argument("neighbours_table")
@neighbours_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["kaggle", "trec"]),
    default="kaggle",
    show_default=True,
    help="Kaggle's CSV, or a TREC run, for trec_eval and others.",
)
@output_option()
def submission(neighbours_table: str, neighbours: int, form: str, output: str) -> None:
    """Write Kaggle's CSV (id,images) from neighbours, a table or Zarr."""
    from gld_shared.files import open_text_output
    from gld_shared.neighbours import open_ranking

    from gld_lists.gldv2.submission import submission_csv, submission_rows
    from gld_lists.trec_run import run_lines

    with open_ranking(neighbours_table) as ranked, open_text_output(output) as stream:
        if form == "trec":
            stream.writelines(run_lines(block, neighbours) for block in ranked.blocks())
        else:
            rows = (submission_rows(block, neighbours) for block in ranked.blocks())
            stream.writelines(submission_csv(rows))
