"""The folder of the benchmarks, and results as they would measure them."""

from pathlib import Path

BENCH = Path(__file__).parents[2] / "bench"


def row(stage, size, variant, seconds, items=100):
    from rows import Row

    what = f"what {variant} is"
    return Row(f"{stage} {size:,}", stage, size, variant, seconds, items, "rows", what)


def results(*rows):
    from growth.results import Results

    return Results("a CPU, 2 cores", [row(*cells) for cells in rows])
