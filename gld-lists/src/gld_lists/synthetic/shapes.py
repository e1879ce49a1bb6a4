"""Solids as lists of planar faces, in metres: x and y on the ground, z up."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Colour = tuple[float, float, float]


class Face(NamedTuple):
    """A convex planar polygon: ``corners`` (n, 3); a texture's name, or a plain colour.

    A textured face has four corners: bottom left, bottom right, top right, top left.
    """

    corners: Floats
    colour: Colour
    texture: str | None = None


def ring(x: float, y: float, z: float, radius: float, sides: int, turn: float = 0.0) -> Floats:
    """Return corners (sides, 3) of a level regular polygon, anticlockwise from ``turn`` rad."""
    angle = turn + 2 * np.pi * np.arange(sides) / sides
    return np.stack(
        [x + radius * np.cos(angle), y + radius * np.sin(angle), np.full(sides, z)], axis=1
    )


def rectangle(x: float, y: float, z: float, width: float, depth: float) -> Floats:
    """Return corners (4, 3) of a level rectangle around (x, y), anticlockwise, front left first."""
    w, d = width / 2, depth / 2
    return np.array([[x - w, y - d, z], [x + w, y - d, z], [x + w, y + d, z], [x - w, y + d, z]])


def strip(low: Floats, high: Floats, colour: Colour, texture: str | None = None) -> list[Face]:
    """Return the side faces between two closed rings with the same number of corners."""
    following = np.roll(np.arange(len(low)), -1)
    return [
        Face(np.stack([low[i], low[j], high[j], high[i]]), colour, texture)
        for i, j in enumerate(following)
    ]


def block(
    at: tuple[float, float, float],
    size: tuple[float, float, float],
    colour: Colour,
    texture: str | None = None,
    side_texture: str | None = None,
) -> list[Face]:
    """Return a box; ``at`` is the centre of its floor, ``size`` its width, depth, height."""
    x, y, z = at
    low = rectangle(x, y, z, size[0], size[1])
    high = rectangle(x, y, z + size[2], size[0], size[1])
    names = (texture, side_texture or texture, texture, side_texture or texture)
    sides = strip(low, high, colour)
    return [f._replace(texture=n) for f, n in zip(sides, names, strict=True)] + [Face(high, colour)]


def revolve(
    at: tuple[float, float, float],
    profile: list[tuple[float, float]],
    colour: Colour,
    sides: int = 12,
    texture: str | None = None,
    turn: float = 0.0,
) -> list[Face]:
    """Return a solid of revolution through (radius, height) points: a tower, cone or column."""
    x, y, z = at
    rings = [ring(x, y, z + h, max(r, 1e-3), sides, turn) for r, h in profile]
    faces: list[Face] = []
    for low, high in pairwise(rings):
        faces += strip(low, high, colour, texture)
    return [*faces, Face(rings[-1], colour)]


def dome(
    at: tuple[float, float, float], radius: float, bulge: float, height: float, colour: Colour
) -> list[Face]:
    """Return a dome of this ``height``: a half circle at ``bulge`` 0, an onion above 0."""
    angles = np.linspace(0, np.pi / 2, 7)
    profile = [
        (
            float(radius * (np.cos(a) + bulge * np.sin(2 * a) * np.cos(a))),
            float(height * np.sin(a) ** (1 + bulge)),
        )
        for a in angles
    ]
    return revolve(at, profile, colour, sides=14)


def gable(
    at: tuple[float, float, float],
    size: tuple[float, float, float],
    colours: tuple[Colour, Colour],
    texture: str | None = None,
    along_y: bool = False,
) -> list[Face]:
    """Return a gabled roof; ``size`` is width, depth, height, ``colours`` roof and gable ends."""
    low = rectangle(*at, size[0], size[1])
    if along_y:
        low = np.roll(low, -1, axis=0)
    lift = np.array([0.0, 0.0, size[2]])
    left, right = (low[0] + low[3]) / 2 + lift, (low[1] + low[2]) / 2 + lift
    roof, wall = colours
    return [
        Face(np.stack([low[0], low[1], right, left]), roof, texture),
        Face(np.stack([low[2], low[3], left, right]), roof, texture),
        Face(np.stack([low[1], low[2], right]), wall),
        Face(np.stack([low[3], low[0], left]), wall),
    ]


def hip(
    at: tuple[float, float, float],
    size: tuple[float, float, float],
    colour: Colour,
    texture: str | None = None,
    top: float = 0.0,
) -> list[Face]:
    """Return a hipped roof, or a frustum whose upper level is ``top`` times the lower level."""
    low = rectangle(*at, size[0], size[1])
    shrink = max(top, 0.01)
    high = rectangle(at[0], at[1], at[2] + size[2], size[0] * shrink, size[1] * shrink)
    return [*strip(low, high, colour, texture), Face(high, colour)]


def archway(
    at: tuple[float, float, float],
    size: tuple[float, float, float],
    opening: float,
    colour: Colour,
    texture: str | None = None,
) -> list[Face]:
    """Return a block pierced from front to back by a round arch ``opening`` metres wide."""
    x, y, z = at
    width, depth, height = size
    pier = (width - opening) / 2
    spring = max(0.1, height * 0.85 - opening / 2)
    faces: list[Face] = []
    for sign in (-1, 1):
        centre = x + sign * (width - pier) / 2
        faces += block((centre, y, z), (pier, depth, height), colour, texture)
    angles = np.linspace(np.pi, 0, 9)
    curve = [(x + opening / 2 * np.cos(a), z + spring + opening / 2 * np.sin(a)) for a in angles]
    top = z + height
    for (x0, z0), (x1, z1) in pairwise(curve):
        for face_y in (y - depth / 2, y + depth / 2):
            corners = [(x0, face_y, z0), (x1, face_y, z1), (x1, face_y, top), (x0, face_y, top)]
            faces.append(Face(np.array(corners), colour))
        front, back = y - depth / 2, y + depth / 2
        inner = [(x0, front, z0), (x1, front, z1), (x1, back, z1), (x0, back, z0)]
        faces.append(Face(np.array(inner), colour))
    return [*faces, Face(rectangle(x, y, top, opening, depth), colour)]
