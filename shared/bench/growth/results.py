"""The results of a run of `make bench` as JSON: the machine, and a row a variant."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from gld_shared.errors import DataError
from measure import OURS
from rows import Row

FORMAT = "gld-bench/1"
AGAIN = "restore it from version control, or measure again by `make bench`"
KEYS = [field.name for field in fields(Row) if field.name != "rounds"]
FOLDER = Path(__file__).parents[1] / "results"


@dataclass(frozen=True)
class Results:
    """What one run measured on a machine of a kind, which decides what may be compared."""

    machine: str
    rows: Sequence[Row]

    @property
    def stages(self) -> list[str]:
        """The stages, in the order of the rows."""
        return list(dict.fromkeys(row.stage for row in self.rows))

    def of(self, stage: str, variant: str) -> dict[int, Row]:
        """Return the rows by size, smallest first; empty if the variant was not measured."""
        found = [row for row in self.rows if (row.stage, row.variant) == (stage, variant)]
        return {row.size: row for row in sorted(found, key=lambda row: row.size)}

    def seconds(self, stage: str, variant: str) -> dict[int, float]:
        """Return the seconds by size."""
        return {size: row.seconds for size, row in self.of(stage, variant).items()}

    def speedups(self, stage: str, other: str) -> dict[int, float]:
        """Return by size how many times as fast as the other variant ours is."""
        ours, others = self.seconds(stage, OURS), self.seconds(stage, other)
        return {size: others[size] / ours[size] for size in ours if size in others}

    def spread(self, stage: str, size: int, other: str) -> tuple[float, float]:
        """Return the least and the greatest speed-up of the rounds, or the one of the best times.

        Ours and the other variant take turns, so a round compares what ran under the same load.
        """
        ours, others = self.of(stage, OURS)[size], self.of(stage, other)[size]
        ratios = [b / a for a, b in zip(ours.rounds, others.rounds, strict=False)]
        ratios.append(others.seconds / ours.seconds)
        return min(ratios), max(ratios)


def results_path(machine: str) -> Path:
    """Return the JSON file of the results of a kind of machine."""
    name = re.sub(r"\((r|tm)\)", "", machine.lower())
    return FOLDER / f"growth-{re.sub(r'[^a-z0-9]+', '-', name).strip('-')}.json"


def write_results(path: Path, machine: str, rows: Iterable[Row]) -> None:
    """Write the results as JSON, a line a row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(f"  {json.dumps(_kept(row))}" for row in rows)
    head = f'{{\n "format": "{FORMAT}",\n "machine": {json.dumps(machine)},\n "rows": [\n'
    path.write_text(f"{head}{lines}\n ]\n}}\n")


def read_results(path: Path) -> Results:
    """Read what ``write_results`` wrote.

    Raises DataError for a missing or damaged file, another format, and rows of another version.
    """
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise DataError(
            f"{path}: not found, so there is nothing to compare with; "
            "`make bench` measures this machine"
        ) from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise DataError(f"{path}: not JSON: {error}; {AGAIN}") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise DataError(f"{path}: expected the results of make bench, format {FORMAT}")
    if not isinstance(found.get("machine"), str) or not isinstance(found.get("rows"), list):
        raise DataError(f"{path}: expected a machine and rows; {AGAIN}")
    return Results(
        found["machine"],
        [_row(cells, f"{path}: row {number}") for number, cells in enumerate(found["rows"], 1)],
    )


def _kept(row: Row) -> dict[str, object]:
    cells = asdict(row)
    return {key: cells[key] for key in KEYS}


def _row(cells: object, place: str) -> Row:
    """Check a row: its keys, and what each may hold. Raises DataError."""
    if not isinstance(cells, dict) or sorted(cells) != sorted(KEYS):
        raise DataError(f"{place}: expected {', '.join(KEYS)}; {AGAIN}")
    for name in ("size", "seconds", "items"):
        number = cells[name]
        if isinstance(number, bool) or not isinstance(number, int | float) or not number > 0:
            raise DataError(f"{place}: {name} is {number!r}, expected a number above 0; {AGAIN}")
    for name in ("bench", "stage", "variant", "unit", "what"):
        if not isinstance(cells[name], str):
            raise DataError(f"{place}: {name} is {cells[name]!r}, expected text; {AGAIN}")
    return Row(**cells)
