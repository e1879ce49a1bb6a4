"""A photograph of a building: camera position, surroundings, weather, and JPEG artefacts."""

import cv2
import numpy as np
from numpy.typing import NDArray

from gld_lists.synthetic.backdrop import backdrop, noise
from gld_lists.synthetic.building_kinds import Building
from gld_lists.synthetic.camera import Camera, look_at
from gld_lists.synthetic.canvas import Canvas
from gld_lists.synthetic.shapes import Floats
from gld_lists.synthetic.surroundings import neighbours, occluders, shadow

_OVERSAMPLING = 1.4
_SHAPES = ((4, 3), (3, 4), (1, 1), (3, 2), (2, 3), (16, 9))


def photograph(building: Building, size: int, rng: np.random.Generator) -> bytes:
    """Draw a JPEG of the building, its longer side ``size`` pixels, with random settings."""
    across, down = _SHAPES[int(rng.integers(len(_SHAPES)))]
    scale = size / max(across, down)
    width, height = round(across * scale), round(down * scale)
    camera = _camera(building, width, height, rng)
    canvas = Canvas(camera, _sun(rng))
    distance = float(np.linalg.norm(camera.position[:2]))
    backdrop(canvas, rng)
    shadow(canvas, building)
    canvas.draw(neighbours(camera, building.radius, rng), {})
    canvas.draw(building.faces, building.textures)
    occluders(canvas, distance, rng)
    seen = _weather(canvas, distance, rng)
    small = cv2.resize(seen, (width, height), interpolation=cv2.INTER_AREA)
    return _develop(np.asarray(small, np.float32), rng)


def _camera(building: Building, width: int, height: int, rng: np.random.Generator) -> Camera:
    """Place the camera mostly in the street, sometimes above; a detail fills some pictures."""
    extent = max(building.height, 2 * building.radius * 0.8)
    azimuth = -np.pi / 2 + rng.normal(0, 1.1)
    above = rng.random() < 0.2
    distance = building.radius + extent * rng.uniform(0.7, 2.6)
    rise = distance * rng.uniform(0.25, 0.9) if above else rng.uniform(1.5, 6.0)
    position = np.array([distance * np.cos(azimuth), distance * np.sin(azimuth), rise])
    detail = rng.random() < 0.2
    target = np.array([0.0, 0.0, building.height * rng.uniform(0.3, 0.6)])
    target[:2] += rng.normal(0, 0.3 if detail else 0.12, 2) * building.radius
    filled = rng.uniform(1.2, 2.0) if detail else rng.uniform(0.5, 1.05)
    shorter = min(width, height) * _OVERSAMPLING
    focal = filled * shorter * float(np.linalg.norm(position - target)) / extent
    size = (round(width * _OVERSAMPLING), round(height * _OVERSAMPLING))
    return look_at(position, target, focal, size, rng.normal(0, 0.03))


def _sun(rng: np.random.Generator) -> Floats:
    azimuth, height = rng.uniform(0, 2 * np.pi), rng.uniform(0.2, 1.2)
    level = np.cos(height)
    return np.array([level * np.cos(azimuth), level * np.sin(azimuth), np.sin(height)])


def _weather(canvas: Canvas, distance: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the picture, sometimes in haze, rain or dusk."""
    pixels, kind = canvas.pixels, rng.random()
    if kind < 0.25:
        depth = 1 / np.maximum(canvas.nearness, 1e-4)
        veil = 1 - np.exp(-depth / (distance * rng.uniform(0.8, 4.0)))[..., None]
        return np.asarray(pixels * (1 - veil) + veil * rng.uniform(170, 225), np.float32)
    if kind < 0.35:
        return _rain(pixels * np.float32(0.75), rng)
    if kind < 0.5:
        dusk = np.array([0.45, 0.42, 0.62]) * rng.uniform(0.7, 1.2)
        lit = np.array([1.0, 0.85, 0.6]) * rng.uniform(0.6, 1.1)
        glow = np.clip(canvas.nearness * distance, 0, 1)[..., None] * (rng.random() < 0.5)
        return np.asarray(pixels * (dusk * (1 - glow) + lit * glow), np.float32)
    return pixels


def _rain(pixels: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    streaks = np.zeros(pixels.shape[:2], np.float32)
    height, width = pixels.shape[:2]
    slant = rng.uniform(-0.3, 0.3)
    for x, y in rng.uniform(0, 1, (150, 2)) * [width, height]:
        length = rng.uniform(8, 22)
        cv2.line(streaks, (int(x), int(y)), (int(x + slant * length), int(y + length)), 1.0, 1)
    veil = cv2.GaussianBlur(streaks, (3, 3), 0)[..., None] * 0.5 + 0.12
    return np.asarray(pixels * (1 - veil) + 190 * veil, np.float32)


def _develop(pixels: NDArray[np.float32], rng: np.random.Generator) -> bytes:
    """Apply exposure, colour cast, contrast, vignette, blur and grain, then encode as JPEG."""
    height, width = pixels.shape[:2]
    tint = rng.uniform(0.75, 1.2) * np.exp(rng.normal(0, 0.07, 3))
    exposed = pixels * tint * (118 / max(40.0, float(pixels.mean()))) ** 0.6
    toned: NDArray[np.floating] = (exposed - 128) * rng.uniform(0.75, 1.2) + 128
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    patches = cv2.resize(noise(rng), (width, height)) * rng.uniform(0, 0.04)
    toned *= (1 - rng.uniform(0, 0.3) * (x**2 + y**2) / 2 + patches)[..., None]
    if rng.random() < 0.3:
        toned = np.asarray(cv2.GaussianBlur(toned, (0, 0), rng.uniform(0.5, 1.4)), np.float64)
    toned += rng.normal(0, rng.uniform(1, 8), toned.shape)
    grey = toned.mean(axis=2, keepdims=True)
    toned = grey + (toned - grey) * (0.0 if rng.random() < 0.04 else rng.uniform(0.6, 1.2))
    picture = np.clip(toned, 0, 255).astype(np.uint8)[..., ::-1]
    quality = int(rng.integers(35, 96))
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise RuntimeError(f"OpenCV cannot write a JPEG of {width} x {height} pixels")
    return bytes(data)
