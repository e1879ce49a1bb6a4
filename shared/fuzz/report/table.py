"""The table of readers and findings."""

from collections.abc import Sequence

from running.pool import Tally


def row(reader: str, tally: Tally, seconds: float) -> str:
    """Return a reader's row: inputs, findings and distinct ones."""
    found = f"{sum(tally.counts.values()):,} ({len(tally.counts)})" if tally.counts else "0"
    return f"| {reader} | {tally.inputs:,} | {found} | {seconds:.0f} |"


HEADER = "| reader | inputs | findings (distinct) | seconds |\n|---|---|---|---|"


def total(tallies: Sequence[Tally], seconds: float) -> str:
    """Return the row of all readers together."""
    together = Tally(
        sum(tally.inputs for tally in tallies),
        counts={
            f"{number} {kind}": count
            for number, tally in enumerate(tallies)
            for kind, count in tally.counts.items()
        },
    )
    return row("all", together, seconds)
