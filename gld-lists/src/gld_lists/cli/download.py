"""gld-lists download: the official files, verified and unpacked."""

from pathlib import Path

import click
from gld_shared.command import output_option, print_path, progress, subcommand
from gld_shared.command.number_types import WORKERS

from gld_lists.cli.group import main
from gld_lists.downloading.published_files import ARCHIVES, PARTS

_MOST = max(ARCHIVES.values())


def _numbers(_: click.Context, __: click.Parameter, value: str | None) -> list[int] | None:
    """Parse numbers and ranges, such as 0-9,20, into ascending numbers, each once."""
    if value is None:
        return None
    numbers: set[int] = set()
    for text in value.split(","):
        first, dash, last = text.partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise click.BadParameter(f"{text!r} is neither a number nor a range such as 0-9")
        if not int(first) <= int(last or first) < _MOST:
            raise click.BadParameter(f"{text!r} is not a part of 0-{_MOST - 1}")
        numbers.update(range(int(first), int(last or first) + 1))
    return sorted(numbers)


def _web_address(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None and not value.startswith(("http://", "https://")):
        raise click.BadParameter(f"{value} does not start with http:// or https://")
    return value and value.rstrip("/")


@subcommand(
    main,
    "download",
    epilog="""
Example:
  gld-lists download metadata countries index test -o gldv2
  gld-lists google gldv2 -o lists
""",
)
@click.argument("parts", nargs=-1, required=True, type=click.Choice(PARTS), metavar="PART...")
@output_option(required=True, help="The folder to fill; existing files are kept.", is_folder=True)
@click.option(
    "-j",
    "--workers",
    type=WORKERS,
    default=4,
    show_default=True,
    help="Parallel transfers.",
)
@click.option(
    "--shards", metavar="RANGES", callback=_numbers, help="Only these archives, such as 0-9,20."
)
@click.option("--keep-archives", is_flag=True, help="Keep the archives after unpacking.")
@click.option(
    "--base-url",
    callback=_web_address,
    help="A mirror of the published folders, with the country files in country/.",
)
def download(
    parts: tuple[str, ...],
    output: str,
    workers: int,
    shards: list[int] | None,
    keep_archives: bool,
    base_url: str | None,
) -> None:
    """Fetch parts of Google Landmarks v2, as published, into a folder.

    A PART is metadata (the CSV files), index, test or train (the images), or countries. Archives of
    images are verified by their published MD5 and unpacked. After an interruption the same command
    resumes; finished files are not fetched again.
    """
    from gld_lists.downloading.download import download as fetch

    _refuse_shards(parts, shards)
    fetch(Path(output), parts, base_url, shards, keep_archives, workers, progress)
    print_path(output)


def _refuse_shards(parts: tuple[str, ...], shards: list[int] | None) -> None:
    if shards is None:
        return
    counts = {part: ARCHIVES[part] for part in parts if part in ARCHIVES}
    if not counts:
        raise click.UsageError(f"--shards is for {', '.join(ARCHIVES)}; name one of them")
    for part, count in counts.items():
        if shards[-1] >= count:
            raise click.UsageError(f"--shards: {part} has the archives 0-{count - 1}")
