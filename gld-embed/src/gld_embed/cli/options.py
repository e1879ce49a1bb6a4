"""The options that only gld-embed has."""

import click
from gld_shared.command.path_types import InputPath


class Scales(tuple[float, ...]):
    """The values of ``--scales``; ``str`` returns them as the option takes them."""

    __slots__ = ()

    def __str__(self) -> str:
        """Return the numbers with commas between."""
        return ",".join(map(str, self))


def _parse_scales(_: click.Context, __: click.Parameter, text: str) -> Scales:
    try:
        return Scales(float(scale) for scale in text.split(","))
    except ValueError as error:
        raise click.BadParameter(f"{text!r}, expected numbers with commas between") from error


images_option = click.option(
    "--images",
    required=True,
    type=InputPath(readable=False),
    metavar="SOURCE",
    help="A folder, 'X.tar' or 'X_{000..099}.tar', or a URL of one.",
)
backbone_option = click.option(
    "--backbone",
    metavar="NAME",
    help="The network of plain weights (.pth or .safetensors) as CHECKPOINT: a name that timm "
    "knows, or recipe:NAME.",
)
size_option = click.option(
    "--size",
    type=click.IntRange(1, 16_384),
    help="Image side in pixels.  [default: the checkpoint's]",
)
resize_option = click.option(
    "--resize",
    type=click.Choice(["squash", "fit", "bucket"]),
    help="squash: to a square. fit: the longer side has --size, the aspect is kept. bucket: to "
    "the nearest of a few aspects, with as many pixels as the square.  [default: the checkpoint's]",
)
decode_option = click.option(
    "--decode",
    type=click.Choice(["fast", "exact", "recipe", "gpu"]),
    default="fast",
    show_default=True,
    help="Reduce large JPEGs while decoding, or decode them whole, or as the reference recipe "
    "does, or whole on a GPU, which may miss damage.",
)
scales_option = click.option(
    "--scales",
    metavar="SCALE,...",
    default="1",
    show_default=True,
    callback=_parse_scales,
    help="Add the vectors of these sizes, relative to --size, such as 0.7071,1,1.4142.",
)
flip_option = click.option(
    "--flip", is_flag=True, help="Add the vectors of the mirrored images too."
)
view_sum_option = click.option(
    "--view-sum",
    type=click.Choice(["raw", "normalised"]),
    default="raw",
    show_default=True,
    help="Add the vectors of scales and mirrored images as they are, or normalised to length 1.",
)
batch_option = click.option(
    "--batch",
    type=click.IntRange(1, 65_536),
    default=32,
    show_default=True,
    help="Images per batch.",
)
dtype_option = click.option(
    "--dtype",
    type=click.Choice(["float16", "float32"]),
    default="float16",
    show_default=True,
    help="Number format of the stored vectors.",
)
precision_option = click.option(
    "--precision",
    type=click.Choice(["auto", "bf16", "fp32"]),
    default="auto",
    show_default=True,
    help="Number format of the backbone; auto is bf16 where the hardware has it.",
)
backend_option = click.option(
    "--backend",
    type=click.Choice(["torch", "compile", "openvino"]),
    default="torch",
    show_default=True,
    help="The backbone's implementation. compile needs a C++ compiler and a minute or two to "
    "start; openvino, the extra gld-embed[openvino], is the fastest on a CPU.",
)
skip_unreadable_option = click.option(
    "--skip-unreadable",
    is_flag=True,
    help="Leave unreadable images out, and list them in X.unreadable.tsv.",
)
