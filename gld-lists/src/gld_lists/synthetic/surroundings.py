"""Sky, hills, ground, neighbouring houses, trees, people and poles: new for each photograph."""

import cv2
import numpy as np
from numpy.typing import NDArray

from gld_lists.synthetic import shapes
from gld_lists.synthetic.buildings import Building
from gld_lists.synthetic.camera import Camera
from gld_lists.synthetic.canvas import Canvas, plain
from gld_lists.synthetic.shapes import Colour, Face
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
    """A tile (256, 256) of smooth noise of several scales, mean 0 and deviation about 1."""
    total = np.zeros((_NOISE_SIZE, _NOISE_SIZE), np.float32)
    for cells in (4, 8, 16, 32, 64):
        coarse = rng.normal(0, 4 / cells**0.5, (cells, cells)).astype(np.float32)
        wrapped = np.pad(coarse, 1, mode="wrap")
        scale = _NOISE_SIZE // cells
        fine = cv2.resize(wrapped, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        total += fine[scale:-scale, scale:-scale]
    return np.asarray(total / total.std(), np.float32)


def backdrop(canvas: Canvas, rng: np.random.Generator) -> None:
    """Fill the picture with sky, hills and ground, each where the pixel's ray meets it."""
    rays = canvas.camera.rays()
    rise = rays[2] / np.hypot(rays[0], rays[1])
    azimuth = np.arctan2(rays[1], rays[0])
    tile = noise(rng)
    # The sky is smooth: a quarter of its pixels is enough.
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
    """Two kinds of ground in patches, perhaps paved, below the horizon."""
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
    """The tile, repeated without end, at x and y (same shape), to the nearest cell."""
    columns, rows = x.astype(np.int32) % _NOISE_SIZE, y.astype(np.int32) % _NOISE_SIZE
    return np.asarray(tile[rows, columns])


def shadow(canvas: Canvas, building: Building) -> None:
    """Darken the ground where the building's outline keeps the sun away."""
    corners = np.concatenate([face.corners for face in building.faces])
    along = canvas.light[:2] / max(canvas.light[2], 0.25)
    flat = corners.copy()
    flat[:, :2] -= corners[:, 2:] * along
    flat[:, 2] = 0
    points = canvas.camera.to_camera(flat)
    if points[:, 2].min() > 1:
        outline = cv2.convexHull(canvas.camera.to_pixels(points).astype(np.float32))[:, 0]
        canvas.darken(np.asarray(outline, np.float64), 0.68)


def neighbours(camera: Camera, radius: float, rng: np.random.Generator) -> list[Face]:
    """Plain houses beside and behind a landmark of this ground ``radius``."""
    faces: list[Face] = []
    towards = np.arctan2(camera.position[1], camera.position[0])
    for _ in range(int(rng.integers(0, 9))):
        angle = towards + rng.uniform(0.35, 1.65) * np.pi
        away = radius + rng.uniform(8, 45)
        x, y = away * np.cos(angle), away * np.sin(angle)
        width, depth, height = rng.uniform(7, 16), rng.uniform(7, 14), rng.uniform(4, 14)
        wall = hsv(rng.uniform(0, 0.7), rng.uniform(0, 0.25), rng.uniform(0.45, 0.9))
        roof = hsv(rng.uniform(0, 0.15), rng.uniform(0.1, 0.6), rng.uniform(0.3, 0.6))
        faces += shapes.block((x, y, 0), (width, depth, height), wall)
        faces += _windows((x, y), (width, depth, height))
        if rng.random() < 0.7:
            size = (width * 1.05, depth * 1.05, rng.uniform(1, 5))
            faces += shapes.gable((x, y, height), size, (roof, wall))
    return faces


def _windows(at: tuple[float, float], size: tuple[float, float, float]) -> list[Face]:
    """Dark panes just outside a house's four walls."""
    (x, y), (width, depth, height) = at, size
    panes: list[Face] = []
    for z in np.arange(1.2, height - 1.5, 3.0):
        for u in np.arange(-0.35, 0.36, 0.233):
            for sign in (-1, 1):
                across, out = x + u * width, y + sign * (depth / 2 + 0.05)
                row = [(across + d, out, z + h) for d, h in ((0, 0), (1, 0), (1, 1.5), (0, 1.5))]
                panes.append(Face(np.array(row), (70, 75, 85)))
                across, out = y + u * depth, x + sign * (width / 2 + 0.05)
                row = [(out, across + d, z + h) for d, h in ((0, 0), (1, 0), (1, 1.5), (0, 1.5))]
                panes.append(Face(np.array(row), (60, 65, 75)))
    return panes


def occluders(canvas: Canvas, distance: float, rng: np.random.Generator) -> None:
    """Trees, people and poles between the camera and ``distance`` metres away, and beyond."""
    for _ in range(int(rng.poisson(2.2))):
        _tree(canvas, distance * rng.uniform(0.35, 1.7), rng)
    for _ in range(int(rng.poisson(3))):
        _person(canvas, distance * rng.uniform(0.2, 0.9), rng)
    if rng.random() < 0.3:
        _pole(canvas, distance * rng.uniform(0.15, 0.6), rng)


def _foot(canvas: Canvas, depth: float, rng: np.random.Generator) -> tuple[float, float, float]:
    """Pixels of a random point of the ground at ``depth``, and pixels per metre there."""
    camera = canvas.camera
    across = rng.uniform(-0.55, 0.55) * camera.width / camera.focal * depth
    flat = camera.axes[2] * [1, 1, 0]
    point = camera.position + flat / np.linalg.norm(flat) * depth + across * camera.axes[0]
    point[2] = 0
    x, y = camera.to_pixels(np.maximum(camera.to_camera(point[None]), [-1e9, -1e9, 1.0]))[0]
    return float(x), float(y), camera.focal / depth


def _tree(canvas: Canvas, depth: float, rng: np.random.Generator) -> None:
    x, y, metre = _foot(canvas, depth, rng)
    height = rng.uniform(4, 9) * metre
    mask = np.zeros(canvas.nearness.shape, np.uint8)
    trunk = max(1, int(height * 0.05))
    cv2.line(mask, _point(x, y), _point(x, y - height * 0.6), 1, trunk)
    canvas.stamp(mask, plain((75, 60, 45)), depth)
    green = np.array(hsv(rng.uniform(0.18, 0.36), rng.uniform(0.25, 0.6), rng.uniform(0.2, 0.5)))
    slender = rng.uniform(0.15, 0.4)
    for _ in range(26):
        mask[:] = 0
        dx, dy = rng.normal(0, slender * 0.5), rng.normal(0.68, 0.14)
        radius = max(1, int(height * rng.uniform(0.06, 0.13)))
        cv2.circle(mask, _point(x + dx * height, y - dy * height), radius, 1, -1)
        colour = green * (0.5 + 0.6 * dy) * rng.uniform(0.8, 1.2)
        canvas.stamp(mask, colour.astype(np.float32), depth * 0.999)


def _person(canvas: Canvas, depth: float, rng: np.random.Generator) -> None:
    x, y, metre = _foot(canvas, depth, rng)
    coat = hsv(rng.random(), rng.uniform(0.1, 0.8), rng.uniform(0.15, 0.9))
    skin = hsv(0.07, rng.uniform(0.2, 0.5), rng.uniform(0.4, 0.9))
    legs = hsv(rng.uniform(0.5, 0.7), 0.3, rng.uniform(0.1, 0.4))
    parts = ((0.42, 0.16, 0.42, legs), (1.1, 0.24, 0.42, coat), (1.62, 0.12, 0.15, skin))
    for up, wide, tall, colour in parts:
        mask = np.zeros(canvas.nearness.shape, np.uint8)
        axes = (max(1, int(wide * metre)), max(1, int(tall * metre)))
        cv2.ellipse(mask, _point(x, y - up * metre), axes, 0, 0, 360, 1, -1)
        canvas.stamp(mask, plain(colour), depth)


def _pole(canvas: Canvas, depth: float, rng: np.random.Generator) -> None:
    x, y, metre = _foot(canvas, depth, rng)
    top = y - rng.uniform(4, 7) * metre
    mask = np.zeros(canvas.nearness.shape, np.uint8)
    cv2.line(mask, _point(x, y), _point(x, top), 1, max(1, int(0.14 * metre)))
    cv2.circle(mask, _point(x, top), max(1, int(0.3 * metre)), 1, -1)
    canvas.stamp(mask, plain((45, 48, 50)), depth)


def _point(x: float, y: float) -> tuple[int, int]:
    return int(np.clip(x, -9999, 9999)), int(np.clip(y, -9999, 9999))
