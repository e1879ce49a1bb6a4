"""gld-lists submission: Kaggle's CSV from a table of neighbours."""

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
@output_option()
def submission(neighbours_table: str, neighbours: int, output: str) -> None:
    """Write Kaggle's CSV (id,images) from neighbours, a table or Zarr."""
    from gld_shared.files import open_text_output
    from gld_shared.neighbours import open_ranking

    from gld_lists.gldv2.submission import submission_csv, submission_rows

    with open_ranking(neighbours_table) as ranked:
        rows = (submission_rows(block, neighbours) for block in ranked.blocks())
        with open_text_output(output) as stream:
            for part in submission_csv(rows):
                stream.write(part)
