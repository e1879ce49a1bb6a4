"""Plot of a run: loss, accuracy and learning rate over its steps."""

import io
from pathlib import Path

import numpy as np
import polars as pl
from gld_shared.files import open_output
from matplotlib.figure import Figure

_POINTS = 400


def draw_curves(log: Path, picture: Path) -> None:
    """Plot ``log.tsv`` as a PNG: means over equal ranges of steps, so that trends are visible."""
    rows = pl.read_csv(log, separator="\t")
    if rows.is_empty():
        return
    figure = Figure(figsize=(8, 8), layout="constrained")
    for axes, column in zip(
        figure.subplots(3, 1, sharex=True), ("loss", "accuracy", "lr"), strict=True
    ):
        steps, values = _smoothed(rows["step"].to_numpy(), rows[column].to_numpy())
        axes.plot(steps, values, linewidth=1.2)
        axes.set_ylabel("learning rate" if column == "lr" else column)
        axes.grid(visible=True, alpha=0.3)
    axes.set_xlabel("step")
    stream = io.BytesIO()
    figure.savefig(stream, format="png", metadata={"Software": None})
    with open_output(picture) as target:
        target.write(stream.getvalue())


def _smoothed(steps: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    edges = np.linspace(0, len(steps), min(len(steps), _POINTS) + 1).astype(int)[:-1]
    counts = np.diff(np.append(edges, len(steps)))
    return np.add.reduceat(steps, edges) / counts, np.add.reduceat(values, edges) / counts
