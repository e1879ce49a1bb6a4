"""Sky, hills and ground, drawn at random for each photograph."""

import cv2
import numpy as np
from numpy.typing import NDArray

from gld_lists.synthetic.canvas import Canvas
from gld_lists.synthetic.shapes import Colour
from gld_lists.synthetic.styles import hsv

Map = NDArray[np.float32]
_NOISE_SIZE = 256
_SKIES: list[tuple[Colour, Colour]] = [
    ((70, 120, 200), (180, 210, 235)),
    ((110, 150, 205), (215, 225, 235)),
    ((150, 155, 165), (205, 207, 210)),
    ((80, 90, 130), (240, 170, 120)),
    ((190, 195, 200), (225, 225, 222)),
]
_GROUNDS: list[Colour] = [
    (95, 125, 60),
    (150, 145, 138),
    (190, 170, 130),
    (120, 118, 115),
    (70, 100, 130),
    (165, 150, 110),
]


def noise(rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a tile (256, 256) of smooth noise of several scales, with mean 0 and deviation 1."""
    total = np.zeros((_NOISE_SIZE, _NOISE_SIZE), np.float32)
    for cells in (4, 8, 16, 32, 64):
        coarse = rng.normal(0, 4 / cells**0.5, (cells, cells)).astype(np.float32)
        wrapped = np.pad(coarse, 1, mode="wrap")
        scale = _NOISE_SIZE // cells
        fine = cv2.resize(wrapped, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        total += fine[scale:-scale, scale:-scale]
    return np.asarray(total / total.std(), np.float32)


def backdrop(canvas: Canvas, rng: np.random.Generator) -> None:
    """Fill each pixel with sky, hills or ground, whichever its ray meets."""
    rays = canvas.camera.rays()
    rise = rays[2] / np.hypot(rays[0], rays[1])
    azimuth = np.arctan2(rays[1], rays[0])
    tile = noise(rng)
    # The sky is smooth: a quarter of the pixels is enough.
    sky = _sky(rise[::2, ::2], azimuth[::2, ::2], tile, rng)
    cv2.resize(sky, rise.shape[::-1], dst=canvas.pixels, interpolation=cv2.INTER_LINEAR)
    hill = abs(rng.normal(0, 0.06)) * (1.2 + np.sin(azimuth * 3 + rng.uniform(0, 6)))
    hill += 0.012 * _sample(tile, azimuth * 40, azimuth * 0 + rng.uniform(0, 99))
    far = np.array(hsv(rng.uniform(0.25, 0.6), rng.uniform(0.1, 0.35), rng.uniform(0.35, 0.65)))
    canvas.pixels[rise < hill] = far
    _ground(canvas, rays, tile, rng)


def _sky(rise: Map, azimuth: Map, tile: Map, rng: np.random.Generator) -> Map:
    high, low = _SKIES[int(rng.integers(len(_SKIES)))]
    blend = np.clip(rise * rng.uniform(1.0, 2.5), 0, 1)
    level = 1 / np.maximum(rise + 0.25, 0.05)
    clouds = _sample(tile, azimuth * 60 + rng.uniform(0, 99), level * rng.uniform(15, 40))
    cover = np.clip((clouds + rng.uniform(-1.5, 1.0)) * 0.6, 0, 0.9)
    channels = [
        (bottom + (top - bottom) * blend) * (1 - cover) + cover * (bottom * 0.4 + 145)
        for top, bottom in zip(high, low, strict=True)
    ]
    return np.stack(channels, axis=2).astype(np.float32)


def _ground(canvas: Canvas, rays: Map, tile: Map, rng: np.random.Generator) -> None:
    """Draw two kinds of ground in patches, sometimes paved, below the horizon."""
    down = rays[2] < -1e-3
    depth = (canvas.camera.position[2] / -rays[2][down]).astype(np.float32)
    x, y = (canvas.camera.position[i] + rays[i][down] * depth for i in (0, 1))
    light = rng.uniform(5, 14) * _sample(tile, x * 12, y * 12) * np.clip(40 / depth, 0.1, 1)
    mix = _sample(tile, x * 1.5 + 50, y * 1.5) > rng.uniform(-0.5, 1.5)
    if rng.random() < 0.4:
        slabs = (np.floor(x / 2) + np.floor(y / 2)) % 2
        light -= 16 * slabs * np.clip(30 / depth, 0, 1)
    kinds = rng.choice(len(_GROUNDS), 2, replace=False)
    palette = np.array([_GROUNDS[kind] for kind in kinds], np.float32)
    canvas.pixels[down] = np.clip(palette[mix.astype(np.intp)] + light[:, None], 0, 255)
    canvas.nearness[down] = 1 / depth


def _sample(tile: Map, x: Map, y: Map) -> Map:
    """Sample the endlessly repeated tile at x and y (same shape), at the nearest cell."""
    columns, rows = x.astype(np.int32) % _NOISE_SIZE, y.astype(np.int32) % _NOISE_SIZE
    return np.asarray(tile[rows, columns])
