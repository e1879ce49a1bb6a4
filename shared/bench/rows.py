"""What a benchmark measured: a row a variant, and the table of their ratios."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from measure import OURS, Measured

HEADER = ["bench", "variant", "seconds", "rate", "ours is x times as fast", "what"]


@dataclass(frozen=True)
class Row:
    """The best time of one way to do a job; without ``stage``, of a benchmark of one size."""

    bench: str
    stage: str
    size: int
    variant: str
    seconds: float
    items: int
    unit: str
    what: str
    rounds: tuple[float, ...] = ()
    """The seconds of each round, in their order; they are not kept."""


def rows_of(measured: Measured) -> list[Row]:
    """Return a row for each variant."""
    benchmark = measured.benchmark
    return [
        Row(
            *(benchmark.name, benchmark.stage, benchmark.size, variant, seconds),
            *(benchmark.items, benchmark.unit, benchmark.notes[variant]),
            tuple(measured.rounds[variant]),
        )
        for variant, seconds in measured.seconds.items()
    ]


def table(rows: Sequence[Row]) -> list[list[str]]:
    """Return the cells of the table, its header first."""
    ours = {row.bench: row.seconds for row in rows if row.variant == OURS}
    return [HEADER, *(_cells(row, ours[row.bench]) for row in rows)]


def print_table(rows: Sequence[Row], file: TextIO | None = None) -> None:
    """Print the table with aligned columns."""
    cells = table(rows)
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADER))]
    for line in cells:
        aligned = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        print("  ".join(aligned).rstrip(), file=file)


def write_table(path: Path, machine: str, rows: Sequence[Row]) -> None:
    """Write the table as TSV, below a line that names the machine."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["\t".join(line) for line in table(rows)]
    path.write_text("\n".join([f"# {machine}", *lines]) + "\n")


def _cells(row: Row, ours: float) -> list[str]:
    rate = f"{_number(row.items / row.seconds)} {row.unit}/s"
    return [
        *(row.bench, row.variant, f"{row.seconds:.4f}", rate),
        *(f"{row.seconds / ours:.2f}", row.what),
    ]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
