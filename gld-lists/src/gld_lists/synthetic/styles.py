"""Styles of buildings: traits that a country's buildings share, and traits of one landmark."""

import colorsys
from dataclasses import dataclass

import numpy as np

from gld_lists.synthetic.shapes import Colour

WINDOWS = ("rectangle", "round", "pointed", "slit", "circle")
KINDS = (
    "church",
    "cathedral",
    "mosque",
    "palace",
    "castle",
    "temple",
    "pagoda",
    "arch",
    "clock_tower",
    "pyramid",
    "modern",
)


@dataclass(frozen=True)
class CountryStyle:
    """Hues (0 to 1) of walls and roofs, the usual windows and the usual kinds of building."""

    wall_hue: float
    roof_hue: float
    window: str
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Style:
    """Colours (RGB, 0 to 255) and details of one landmark."""

    kind: str
    wall: Colour
    trim: Colour
    roof: Colour
    glass: Colour
    window: str
    bay: float
    floor: float
    masonry: str
    scale: float


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """Convert hue, saturation and value (0 to 1) to a colour (RGB, 0 to 255)."""
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return (255 * red, 255 * green, 255 * blue)


def country_style(rng: np.random.Generator) -> CountryStyle:
    """Draw the traits that a country's buildings have in common."""
    kinds = tuple(str(kind) for kind in rng.choice(KINDS, 6, replace=False))
    return CountryStyle(
        wall_hue=rng.uniform(0.02, 0.16),
        roof_hue=float(rng.choice([0.02, 0.06, 0.35, 0.45, 0.58, 0.1])),
        window=str(rng.choice(WINDOWS)),
        kinds=kinds,
    )


def landmark_style(country: CountryStyle, rng: np.random.Generator) -> Style:
    """Draw a landmark's own style, mostly within its country's."""
    own_window = rng.random() < 0.5
    return Style(
        kind=str(rng.choice(country.kinds)),
        wall=hsv(
            country.wall_hue + rng.normal(0, 0.03), rng.uniform(0.05, 0.5), rng.uniform(0.5, 0.95)
        ),
        trim=hsv(country.wall_hue, rng.uniform(0.0, 0.3), rng.uniform(0.35, 1.0)),
        roof=hsv(
            country.roof_hue + rng.normal(0, 0.03), rng.uniform(0.15, 0.7), rng.uniform(0.3, 0.8)
        ),
        glass=hsv(rng.uniform(0.5, 0.65), rng.uniform(0.1, 0.5), rng.uniform(0.12, 0.4)),
        window=str(rng.choice(WINDOWS)) if own_window else country.window,
        bay=rng.uniform(2.0, 4.5),
        floor=rng.uniform(3.0, 6.0),
        masonry=str(rng.choice(["plain", "courses", "brick", "stripes", "panels"])),
        scale=rng.uniform(0.8, 1.3),
    )
