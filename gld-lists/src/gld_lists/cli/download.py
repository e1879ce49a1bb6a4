"""gld-lists download: the official files, verified and unpacked."""

from pathlib import Path

import click
from gld_shared.command import output_option, print_path, progress, subcommand

from gld_lists.cli.group import main
from gld_lists.downloading.published_files import ARCHIVES, COUNTRIES, PARTS

_MOST = max(ARCHIVES.values())


def _numbers(_: click.Context, __: click.Parameter, value: str | None) -> list[int] | None:
    """Numbers and ranges, such as 0-9,20: ascending, each once."""
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
@output_option(required=True, help="The folder to fill; what is there already stays.")
@click.option(
    "-j",
    "--workers",
    type=click.IntRange(min=1),
    default=4,
    show_default=True,
    help="Parallel transfers.",
)
@click.option(
    "--shards", metavar="RANGES", callback=_numbers, help="Only these archives, such as 0-9,20."
)
@click.option("--keep-archives", is_flag=True, help="Keep the archives when they are unpacked.")
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
    """Fetch parts of Google Landmarks v2, as they are published, into a folder.

    A PART is metadata (the CSV files), index, test or train (the images), or countries. Images are
    compared with their published MD5 and unpacked. Interrupted, the same command goes on where it
    stopped; what is finished is not fetched again.
    """
    from gld_lists.downloading import download as job
    from gld_lists.downloading.continents import country_codes
    from gld_lists.downloading.countries import countries_done, fetch_countries
    from gld_lists.downloading.published_files import BASE_URL, COUNTRY_BASE_URL
    from gld_lists.downloading.session import Session

    _refuse_shards(parts, shards)
    folder = Path(output)
    with job.alone(folder):
        countries = folder / "country_info"
        if COUNTRIES in parts and not countries_done(countries):
            base = COUNTRY_BASE_URL if base_url is None else f"{base_url}/country"
            with progress(len(country_codes()), "countries", "files") as bar:
                fetch_countries(
                    countries, base, workers, Session(received=job.in_steps(bar.update))
                )
        files = job.missing_files(folder, parts, base_url or BASE_URL, shards, keep_archives)
        session = Session()
        left = job.bytes_left(files, workers, session)
        job.refuse_full(folder, left)
        with progress(left // job.MEGABYTE, "downloading", "MB") as bar:
            session.received = job.in_steps(bar.update, job.MEGABYTE)
            job.fetch_files(files, workers, session)
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
