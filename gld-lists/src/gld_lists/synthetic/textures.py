"""Facades and roofs as pictures (height, width, 3), uint8 RGB, in a landmark's style."""

import cv2
import numpy as np
from numpy.typing import NDArray

from gld_lists.synthetic.shapes import Colour
from gld_lists.synthetic.styles import Style

Picture = NDArray[np.uint8]
_PIXELS_PER_METRE = 10


def facade(style: Style, width: float, height: float, rng: np.random.Generator) -> Picture:
    """Draw a wall of ``width`` by ``height`` metres with windows, trims and a door."""
    columns = int(np.clip(round(width * _PIXELS_PER_METRE), 24, 420))
    rows = int(np.clip(round(height * _PIXELS_PER_METRE), 24, 420))
    wall = _masonry(style, rows, columns, rng)
    bays = max(1, round(width / style.bay))
    floors = max(1, round(height / style.floor))
    for row in range(floors):
        bottom, top = rows * (floors - row) // floors, rows * (floors - row - 1) // floors
        cv2.rectangle(wall, (0, top), (columns, top + max(1, rows // 60)), style.trim, -1)
        for bay in range(bays):
            left, right = columns * bay // bays, columns * (bay + 1) // bays
            _window(wall, style, (left, top, right, bottom))
    if columns > 60:
        _door(wall, style, rows // floors)
    cv2.rectangle(wall, (0, 0), (columns - 1, rows - 1), style.trim, max(1, columns // 60))
    return wall


def roofing(style: Style, rng: np.random.Generator) -> Picture:
    """Draw courses of tiles."""
    rows = _speckled(style.roof, 96, 128, rng, 9)
    for y in range(0, 96, 8):
        cv2.line(rows, (0, y), (127, y), _scaled(style.roof, 0.75), 1)
        for x in range((y // 8 % 2) * 6, 128, 12):
            cv2.line(rows, (x, y), (x, y + 8), _scaled(style.roof, 0.85), 1)
    return rows


def _masonry(style: Style, rows: int, columns: int, rng: np.random.Generator) -> Picture:
    wall = _speckled(style.wall, rows, columns, rng, 8)
    dark, course = _scaled(style.wall, 0.82), 7
    if style.masonry == "stripes":
        for y in range(0, rows, 4 * course):
            cv2.rectangle(wall, (0, y), (columns, y + 2 * course), _scaled(style.trim, 0.9), -1)
    elif style.masonry == "panels":
        for x in range(0, columns, 5 * course):
            cv2.line(wall, (x, 0), (x, rows), dark, 2)
    elif style.masonry in ("courses", "brick"):
        for y in range(0, rows, course):
            cv2.line(wall, (0, y), (columns, y), dark, 1)
            if style.masonry == "brick":
                for x in range((y // course % 2) * course, columns, 2 * course):
                    cv2.line(wall, (x, y), (x, y + course), dark, 1)
    return wall


def _window(wall: Picture, style: Style, cell: tuple[int, int, int, int]) -> None:
    """Draw a framed window in its cell (left, top, right, bottom in pixels)."""
    left, top, right, bottom = cell
    width, height = right - left, bottom - top
    x, half = (left + right) // 2, max(1, int(width * (0.1 if style.window == "slit" else 0.26)))
    low, high = bottom - int(height * 0.22), top + int(height * 0.25)
    for grow, colour in ((max(1, width // 14), style.trim), (0, style.glass)):
        outline = _outline(style.window, x, half + grow, low + grow, high - grow)
        cv2.fillPoly(wall, [outline], colour, cv2.LINE_AA)
    cv2.line(wall, (x, low), (x, high), style.trim, 1)
    if style.window in ("rectangle", "round"):
        middle = (low + high) // 2
        cv2.line(wall, (x - half, middle), (x + half, middle), style.trim, 1)


def _outline(kind: str, x: int, half: int, low: int, high: int) -> NDArray[np.int32]:
    if kind == "circle":
        y = (low + high) // 2
        radius = min(half * 1.2, (low - high) / 2)
        angle = np.linspace(0, 2 * np.pi, 16)
        points = np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)
        return points.astype(np.int32)
    if kind in ("rectangle", "slit"):
        corners = [(x - half, low), (x + half, low), (x + half, high), (x - half, high)]
        return np.array(corners, np.int32)
    angle = np.linspace(0, np.pi, 9)
    rise = half if kind == "round" else half * 1.8
    spring = high + rise
    arch_x = x + half * np.cos(angle)
    arch_y = spring - rise * (np.sin(angle) if kind == "round" else 1 - np.abs(np.cos(angle)))
    arch = np.stack([arch_x, arch_y], axis=1)
    return np.concatenate([[(x + half, low)], arch, [(x - half, low)]]).astype(np.int32)


def _door(wall: Picture, style: Style, storey: int) -> None:
    rows, columns = wall.shape[:2]
    half, height = max(3, columns // 18), int(storey * 0.75)
    for grow, colour in ((3, style.trim), (0, _scaled(style.roof, 0.45))):
        low = (columns // 2 - half - grow, rows)
        cv2.rectangle(wall, low, (columns // 2 + half + grow, rows - height - grow), colour, -1)
        cv2.ellipse(
            wall, (columns // 2, rows - height), (half + grow, half + grow), 0, 180, 360, colour, -1
        )


def _speckled(
    colour: Colour, rows: int, columns: int, rng: np.random.Generator, strength: float
) -> Picture:
    coarse = rng.normal(0, strength, (max(2, rows // 8), max(2, columns // 8), 1))
    stains = cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_LINEAR)[:, :, None]
    fine = rng.normal(0, strength / 2, (rows, columns, 1))
    return np.clip(np.array(colour) + stains + fine, 0, 255).astype(np.uint8)


def _scaled(colour: Colour, factor: float) -> Colour:
    return (colour[0] * factor, colour[1] * factor, colour[2] * factor)
