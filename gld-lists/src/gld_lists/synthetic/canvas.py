"""A picture with a depth buffer, on which textured faces and flat figures are drawn."""

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from gld_lists.synthetic.camera import Camera
from gld_lists.synthetic.shapes import Colour, Face, Floats
from gld_lists.synthetic.textures import Picture

_NEAR = 0.5
_FAR_PIXEL = 20_000.0
_AMBIENT = 0.45


class Canvas:
    """``pixels`` (h, w, 3) float32 RGB 0 to 255; ``nearness`` (h, w) float32, 1 / metres."""

    def __init__(self, camera: Camera, light: Floats) -> None:
        """Begin with an empty picture; ``light`` is the unit vector towards the sun."""
        self.camera, self.light = camera, light
        self.pixels = np.zeros((camera.height, camera.width, 3), np.float32)
        self.nearness = np.zeros((camera.height, camera.width), np.float32)

    def draw(self, faces: list[Face], textures: Mapping[str, Picture]) -> None:
        """Draw faces; nearer faces hide farther ones."""
        for face in faces:
            points = self.camera.to_camera(face.corners)
            if points[:, 2].min() > _NEAR:
                self._draw_face(face, points, textures)

    def _draw_face(self, face: Face, points: Floats, textures: Mapping[str, Picture]) -> None:
        corners = np.clip(self.camera.to_pixels(points), -_FAR_PIXEL, _FAR_PIXEL)
        box = self._box(corners)
        normal = _cross(points[1] - points[0], points[2] - points[0])
        length = float(np.linalg.norm(normal))
        distance = float(normal @ points[0])
        if box is None or length < 1e-9 or abs(distance) < 1e-6 * length:
            return
        left, top, right, bottom = box
        x = (np.arange(left, right) + 0.5 - self.camera.width / 2) / self.camera.focal
        y = (np.arange(top, bottom) + 0.5 - self.camera.height / 2) / self.camera.focal
        near = (normal[0] * x[None, :] + normal[1] * y[:, None] + normal[2]) / distance
        mask = np.zeros(near.shape, np.uint8)
        cv2.fillConvexPoly(mask, np.round((corners - [left, top]) * 8).astype(np.int32), 1, 8, 3)
        shown = (mask > 0) & (near > self.nearness[top:bottom, left:right])
        if not shown.any():
            return
        shade = self._shade(normal / length * -np.sign(distance))
        if face.texture is None:
            colours = np.broadcast_to(np.array(face.colour, np.float32), (*near.shape, 3))
        else:
            colours = _warp(textures[face.texture], corners - [left, top], near.shape)
        self.nearness[top:bottom, left:right][shown] = near[shown]
        self.pixels[top:bottom, left:right][shown] = colours[shown] * shade

    def _shade(self, normal: Floats) -> np.float32:
        """Return a face's brightness; ``normal``, in the camera's axes, points at the camera."""
        sun = max(0.0, float(normal @ (self.camera.axes @ self.light)))
        sky = 0.1 * float(normal @ self.camera.axes[:, 2])
        return np.float32(_AMBIENT + sky + 0.65 * sun)

    def _box(self, corners: Floats) -> tuple[int, int, int, int] | None:
        """Return left, top, right, bottom of the corners' bounding box, None if it is outside."""
        left, top = np.maximum(np.floor(corners.min(axis=0)), 0).astype(int)
        limits = [self.camera.width, self.camera.height]
        right, bottom = np.minimum(np.ceil(corners.max(axis=0)) + 1, limits).astype(int)
        return (
            (int(left), int(top), int(right), int(bottom))
            if left < right and top < bottom
            else None
        )

    def stamp(self, mask: NDArray[np.uint8], colour: NDArray[np.float32], depth: float) -> None:
        """Draw the pixels of ``mask`` (h, w) in one colour (3,), all at one ``depth`` in metres."""
        left, top, width, height = cv2.boundingRect(mask)
        part = slice(top, top + height), slice(left, left + width)
        shown = (mask[part] > 0) & (1 / depth > self.nearness[part])
        self.nearness[part][shown] = 1 / depth
        self.pixels[part][shown] = colour

    def darken(self, outline: Floats, factor: float) -> None:
        """Multiply a convex polygon of pixels (n, 2) by ``factor``: a shadow on the ground."""
        mask = np.zeros(self.nearness.shape, np.uint8)
        cv2.fillConvexPoly(mask, np.clip(outline, -_FAR_PIXEL, _FAR_PIXEL).astype(np.int32), 1)
        self.pixels[mask > 0] *= np.float32(factor)


def _warp(picture: Picture, corners: Floats, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Warp the picture to four corners (pixels), after halving it to about its final size."""
    seen = max(8.0, float(np.linalg.norm(corners.max(axis=0) - corners.min(axis=0))))
    while max(picture.shape[:2]) > 2 * seen and min(picture.shape[:2]) >= 8:
        half = (picture.shape[1] // 2, picture.shape[0] // 2)
        picture = cv2.resize(picture, half, interpolation=cv2.INTER_AREA).astype(np.uint8)
    height, width = picture.shape[:2]
    source = np.array([[0, height], [width, height], [width, 0], [0, 0]], np.float32)
    transform = cv2.getPerspectiveTransform(source, corners.astype(np.float32))
    return cv2.warpPerspective(
        picture, transform, (shape[1], shape[0]), borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)


def _cross(a: Floats, b: Floats) -> Floats:
    """Return the cross product of two vectors; numpy's is slow on single vectors."""
    (ax, ay, az), (bx, by, bz) = a.tolist(), b.tolist()
    return np.array([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])


def plain(colour: Colour) -> NDArray[np.float32]:
    """Return a colour as an array that broadcasts to a picture."""
    return np.array(colour, np.float32)
