"""A histogram of the number of images per landmark."""

import io
from collections.abc import Mapping

import numpy as np
import polars as pl
from matplotlib.figure import Figure

_BINS_PER_DECADE = 8


def histogram(counts: Mapping[str, pl.Series]) -> bytes:
    """Draw a PNG of the images per landmark of each list, by name, on two logarithmic axes."""
    # Do not use pyplot: it keeps figures in memory and looks for a display.
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.add_subplot()
    bins = _bins(max(int(series.to_numpy().max(initial=1)) for series in counts.values()))
    for name, series in counts.items():
        axes.hist(series.to_numpy(), bins=bins, histtype="step", linewidth=1.5, label=name)
    axes.set(xscale="log", yscale="log", xlabel="images of a landmark", ylabel="landmarks")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    stream = io.BytesIO()
    # Omit matplotlib's version from the file, so that the same list gives the same bytes.
    figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()


def _bins(most: int) -> list[float]:
    """Return bin edges halfway between integers, evenly spaced on a log axis where possible."""
    decades = np.log10(most + 1)
    edges = np.logspace(0, decades, max(2, round(decades * _BINS_PER_DECADE)))
    spaced: list[float] = (np.unique(np.ceil(edges)) - 0.5).tolist()
    return spaced
