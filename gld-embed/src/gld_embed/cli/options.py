"""The options of gld-embed that no other command has."""

import click


def _parse_scales(_: click.Context, __: click.Parameter, text: str) -> tuple[float, ...]:
    try:
        return tuple(float(scale) for scale in text.split(","))
    except ValueError as error:
        raise click.BadParameter(f"{text!r}, expected numbers with commas between") from error


images_option = click.option(
    "--images",
    required=True,
    metavar="SOURCE",
    help="A folder, 'X.tar' or 'X_{000..099}.tar', or a URL of one.",
)
size_option = click.option(
    "--size",
    type=click.IntRange(min=1),
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
    type=click.Choice(["fast", "exact", "recipe"]),
    default="fast",
    show_default=True,
    help="Large JPEGs reduced while decoding, or whole, or as the reference recipe's.",
)
scales_option = click.option(
    "--scales",
    metavar="SCALE,...",
    default="1",
    show_default=True,
    callback=_parse_scales,
    help="Sizes relative to --size whose vectors are added, such as 0.7071,1,1.4142.",
)
flip_option = click.option(
    "--flip", is_flag=True, help="Add the vectors of the mirrored images, too."
)
view_sum_option = click.option(
    "--view-sum",
    type=click.Choice(["raw", "normalised"]),
    default="raw",
    show_default=True,
    help="Whether vectors of scales and mirrored images are added as they are, or made of length "
    "1 before.",
)
batch_option = click.option(
    "--batch", type=click.IntRange(min=1), default=32, show_default=True, help="Images at a time."
)
dtype_option = click.option(
    "--dtype",
    type=click.Choice(["float16", "float32"]),
    default="float16",
    show_default=True,
    help="How the vectors are stored.",
)
precision_option = click.option(
    "--precision",
    type=click.Choice(["auto", "bf16", "fp32"]),
    default="auto",
    show_default=True,
    help="What the backbone computes in; auto is bf16 where the hardware has it.",
)
backend_option = click.option(
    "--backend",
    type=click.Choice(["torch", "compile", "openvino"]),
    default="torch",
    show_default=True,
    help="What computes the backbone. compile takes a minute or two to begin and needs a C++ "
    "compiler; openvino is the fastest on a CPU, and the extra gld-embed[openvino].",
)
processes_option = click.option(
    "--gpus",
    "processes",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Processes, one for each GPU; with --device cpu, so many on the CPU.",
)
engine_option = click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="This machine, or a Ray cluster, of which it takes all machines and GPUs.",
)
skip_unreadable_option = click.option(
    "--skip-unreadable",
    is_flag=True,
    help="Leave unreadable images out, and list them in X.unreadable.tsv.",
)
