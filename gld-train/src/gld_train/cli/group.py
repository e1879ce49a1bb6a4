"""The command gld-train, to which the sub-commands are added."""

from gld_shared.command import tool_group

GROUP_EPILOG = """
Examples:
  gld-lists folder PHOTOS --labels-from-folders \\
    | gld-train --config demo.toml --images PHOTOS -o model.safetensors
  gld-embed lists/train.tsv -c model.safetensors --images PHOTOS -o train.zarr \\
    | gld-train whiten --labels lists/train.tsv --dim 256 -o W.safetensors
"""


@tool_group("gld-train", default="train", epilog=GROUP_EPILOG)
def main() -> None:
    """Make checkpoints of embedding networks.

    Without a sub-command: train.
    """
