"""Options that several sub-commands have."""

import click

distance_option = click.option(
    "--distance",
    type=click.IntRange(0, 11),
    default=6,
    show_default=True,
    help="Near is what differs in so many of 64 bits.",
)
