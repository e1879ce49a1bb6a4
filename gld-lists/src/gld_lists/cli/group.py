"""The command group gld-lists, which holds the sub-commands."""

from gld_shared.command import tool_group

GROUP_EPILOG = """
Examples:
  gld-lists google gldv2 -o lists
  gld-lists folder photos | gld-embed -c packaged:efficientnet_lite0 \\
    --images photos -o photos.zarr
"""


@tool_group("gld-lists", epilog=GROUP_EPILOG)
def main() -> None:
    """Make lists of images, and tables of the relevant pairs among them."""
