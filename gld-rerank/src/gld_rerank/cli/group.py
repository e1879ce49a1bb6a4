"""The group that holds the sub-commands."""

from gld_shared.command import tool_group

EXAMPLE = """
gld-search queries.zarr --index index.zarr | gld-rerank expand > neighbours.tsv
"""


@tool_group("gld-rerank", default="expand", epilog=EXAMPLE)
def main() -> None:
    """Rank neighbours again, with the stores that the table names.

    Without a sub-command: expand.
    """
