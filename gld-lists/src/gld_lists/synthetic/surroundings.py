"""Shadow, neighbouring houses, trees, people and poles, drawn at random for each photograph."""

import cv2
import numpy as np

from gld_lists.synthetic import shapes
from gld_lists.synthetic.building_kinds import Building
from gld_lists.synthetic.camera import Camera
from gld_lists.synthetic.canvas import Canvas, plain
from gld_lists.synthetic.shapes import Face
from gld_lists.synthetic.styles import hsv


def shadow(canvas: Canvas, building: Building) -> None:
    """Darken the ground in the shadow of the building's outline."""
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
    """Return plain houses beside and behind a landmark of this ground ``radius``."""
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
    """Return dark panes just outside a house's four walls."""
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
    """Draw trees, people and poles before and behind a building ``distance`` metres away."""
    for _ in range(int(rng.poisson(2.2))):
        _tree(canvas, distance * rng.uniform(0.35, 1.7), rng)
    for _ in range(int(rng.poisson(3))):
        _person(canvas, distance * rng.uniform(0.2, 0.9), rng)
    if rng.random() < 0.3:
        _pole(canvas, distance * rng.uniform(0.15, 0.6), rng)


def _foot(canvas: Canvas, depth: float, rng: np.random.Generator) -> tuple[float, float, float]:
    """Return the pixel (x, y) of a random ground point at ``depth``, and pixels per metre."""
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
