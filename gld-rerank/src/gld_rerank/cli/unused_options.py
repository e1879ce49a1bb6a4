"""Options of gld-rerank landmark that others leave without an effect."""

import click
from gld_shared.command.given_options import is_given

# The votes, and the order, that each option is for.
_OF_VOTES = {
    "--vote": ("fused", "raw"),
    "--hard": ("fused", "raw"),
    "--query-tags": ("fused", "raw"),
    "--graph": ("fused",),
}
_OF_ORDER = {
    "--alpha": ("votes",),
    "--beta": ("votes",),
    "--merge": ("votes",),
    "--hard": ("votes", "expansion"),
    "--threshold": ("expansion",),
}


def refuse_unused(votes: str, order: str) -> None:
    """Raise UsageError for an option that is given, but changes nothing."""
    for chosen, value, users_of in (("--votes", votes, _OF_VOTES), ("--order", order, _OF_ORDER)):
        for option, users in users_of.items():
            if value not in users and is_given(option):
                raise click.UsageError(
                    f"{option} is for {chosen} {' or '.join(users)}, not for {chosen} {value}"
                )
