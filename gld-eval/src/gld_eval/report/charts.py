"""Charts as the coordinates of SVG: lines over ranks, bars of a histogram."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import NamedTuple

import numpy as np
from gld_shared.counting import counted
from numpy.typing import NDArray

WIDTH, HEIGHT = 420, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 350, 12, 212
_RANK_TICKS = (1, 2, 5, 10, 20, 50, 100)
_LABEL_GAP = 14


class Tick(NamedTuple):
    """A place on an axis, in the units of the SVG, and its label."""

    at: float
    label: str


class Line(NamedTuple):
    """A curve: its path and class, and its label, which may be empty, with its height."""

    path: str
    kind: str
    label: str
    label_y: float


class Bar(NamedTuple):
    """A bar of a histogram, and the text that describes it."""

    x: float
    y: float
    width: float
    height: float
    text: str


@dataclass(frozen=True)
class Chart:
    """What a chart draws between two axes; ``title`` is that of the horizontal one."""

    title: str
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    lines: Sequence[Line] = ()
    bars: Sequence[Bar] = ()
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = _RIGHT
    top: int = _TOP
    bottom: int = _BOTTOM


def rank_chart(curves: Sequence[tuple[str, str, NDArray[np.float64]]]) -> Chart:
    """Draw curves over ranks, which are spaced by their logarithms.

    Each has a label, a class, and values from 0 to 1 at ranks 1, 2, ... (ranks,).
    """
    ranks = max(len(values) for _, _, values in curves)
    ticks = [Tick(_x_of_rank(rank, ranks), str(rank)) for rank in _RANK_TICKS if rank <= ranks]
    return Chart("rank", ticks, _unit_ticks(), lines=_lines(curves, ranks))


def histogram_chart(
    counts: NDArray[np.int64], baseline: NDArray[np.int64] | None, value: str
) -> Chart:
    """Draw the numbers of queries in bins from 0 to 1, with those of a baseline as an outline."""
    highest = max(1, int(counts.max()), 0 if baseline is None else int(baseline.max()))
    step = _step(highest)
    most = step * -(-highest // step)
    edges = np.linspace(0, 1, len(counts) + 1).tolist()
    bars = [
        _bar(
            low,
            high,
            count / most,
            f"{value} {low:.2f} to {high:.2f}: {counted(count, 'query', 'queries')}",
        )
        for low, high, count in zip(edges, edges[1:], counts.tolist(), strict=False)
    ]
    outline = [] if baseline is None else [Line(_steps(baseline / most), "baseline", "", 0)]
    x_ticks = [Tick(_x(part / 5), f"{part / 5:g}") for part in range(6)]
    y_ticks = [Tick(_y(count / most), f"{count:,}") for count in range(0, most + 1, step)]
    return Chart(value, x_ticks, y_ticks, outline, bars)


def _lines(curves: Sequence[tuple[str, str, NDArray[np.float64]]], ranks: int) -> list[Line]:
    """Return the curves, their labels at the right end, apart from one another."""
    lines, lowest = [], float("-inf")
    for label, kind, values in sorted(curves, key=lambda curve: -curve[2][-1]):
        points = [
            f"{_x_of_rank(rank, ranks)} {_y(value)}"
            for rank, value in enumerate(values.tolist(), start=1)
        ]
        if label:
            lowest = max(_y(values[-1]) - 5, lowest + _LABEL_GAP, _TOP + 8)
        lines.append(Line("M" + "L".join(points), kind, label, _rounded(lowest)))
    return lines


def _bar(low: float, high: float, share: float, text: str) -> Bar:
    left, right, top = _x(low) + 0.5, _x(high) - 0.5, _y(share)
    return Bar(_rounded(left), top, _rounded(right - left), _rounded(_BOTTOM - top), text)


def _steps(shares: NDArray[np.float64]) -> str:
    """Return the outline of bars."""
    corners = []
    for place, share in enumerate(shares.tolist()):
        corners += [f"{_x(place / len(shares))} {_y(share)}"]
        corners += [f"{_x((place + 1) / len(shares))} {_y(share)}"]
    return "M" + "L".join(corners)


def _unit_ticks() -> list[Tick]:
    return [Tick(_y(part / 5), f"{part / 5:g}") for part in range(6)]


def _step(most: int) -> int:
    """Return the distance of at most six ticks up to ``most``: 1, 2 or 5 times a power of 10."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if most <= 5 * factor * size:
                return factor * size
        size *= 10


def _x_of_rank(rank: int, ranks: int) -> float:
    return _x(log(rank) / log(max(ranks, 2)))


def _x(share: float) -> float:
    return _rounded(_LEFT + (_RIGHT - _LEFT) * share)


def _y(share: float) -> float:
    return _rounded(_BOTTOM - (_BOTTOM - _TOP) * share)


def _rounded(length: float) -> float:
    return round(float(length), 1)
