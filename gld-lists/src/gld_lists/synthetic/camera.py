"""A pinhole camera above a level ground, looking at a point."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gld_lists.synthetic.shapes import Floats


@dataclass(frozen=True)
class Camera:
    """``position`` (3,), ``axes`` (3, 3): right, down, forward; focal length, size in pixels."""

    position: Floats
    axes: Floats
    focal: float
    width: int
    height: int

    def to_camera(self, points: Floats) -> Floats:
        """Convert world points (n, 3) to the camera's axes; the last coordinate is the depth."""
        return np.asarray((points - self.position) @ self.axes.T)

    def to_pixels(self, points: Floats) -> Floats:
        """Project points (n, 3) in the camera's axes, of positive depth, to pixels (n, 2)."""
        centre = np.array([self.width / 2, self.height / 2])
        return np.asarray(points[:, :2] / points[:, 2:] * self.focal + centre)

    def rays(self) -> NDArray[np.float32]:
        """Return the pixels' world directions (3, height, width), of depth 1."""
        x = (np.arange(self.width, dtype=np.float32) + 0.5 - self.width / 2) / self.focal
        y = (np.arange(self.height, dtype=np.float32) + 0.5 - self.height / 2) / self.focal
        right, down, forward = self.axes.astype(np.float32)
        return np.asarray(
            [x * r + y[:, None] * d + f for r, d, f in zip(right, down, forward, strict=True)]
        )


def look_at(
    position: Floats, target: Floats, focal: float, size: tuple[int, int], roll: float
) -> Camera:
    """Aim a camera at ``target``; ``size`` is (width, height) in pixels, ``roll`` in radians."""
    forward = target - position
    forward = forward / np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right = right / np.linalg.norm(right)
    down = np.cross(forward, right)
    cosine, sine = np.cos(roll), np.sin(roll)
    axes = np.stack([cosine * right + sine * down, cosine * down - sine * right, forward])
    return Camera(position, axes, focal, *size)
