"""The parts that buildings are made of: houses, towers and their tops, columns."""

import numpy as np

from gld_lists.synthetic import shapes
from gld_lists.synthetic.shapes import Colour, Face
from gld_lists.synthetic.styles import Style
from gld_lists.synthetic.textures import Picture, facade, roofing


class Builder:
    """Collects faces and textures while a building is put together."""

    def __init__(self, style: Style, rng: np.random.Generator) -> None:
        """Begin without faces, with the texture of the roof."""
        self.style, self.rng = style, rng
        self.faces: list[Face] = []
        self.textures: dict[str, Picture] = {"roof": roofing(style, rng)}

    def between(self, low: float, high: float) -> float:
        """Draw a length between two lengths, and scale it to the landmark."""
        return float(self.rng.uniform(low, high)) * self.style.scale

    def wall(self, width: float, height: float) -> str:
        """Make a facade texture for a wall of this size (metres), and return its name."""
        name = f"wall {width:.1f} {height:.1f}"
        if name not in self.textures:
            self.textures[name] = facade(self.style, width, height, self.rng)
        return name

    def add(self, faces: list[Face]) -> None:
        """Add faces."""
        self.faces += faces

    def house(self, x: float, y: float, z: float, size: tuple[float, float, float]) -> None:
        """Add a block with windows on its four sides."""
        width, depth, height = size
        walls = (self.wall(width, height), self.wall(depth, height))
        self.add(shapes.block((x, y, z), size, self.style.wall, *walls))

    def tower(self, x: float, y: float, width: float, height: float, top: str) -> None:
        """Add a square tower with a ``top``: spire, dome, battlements or low roof."""
        self.house(x, y, 0, (width, width, height))
        trim = (width * 1.12, width * 1.12, height * 0.03)
        self.add(shapes.block((x, y, height), trim, self.style.trim))
        self.cap(x, y, height * 1.03, width, top)

    def cap(self, x: float, y: float, z: float, width: float, top: str) -> None:
        """Add the ``top`` of a tower of this ``width``."""
        style = self.style
        if top == "spire":
            size = (width, width, width * 2.2)
            self.add(shapes.hip((x, y, z), size, style.roof, "roof"))
        elif top == "dome":
            self.add(shapes.dome((x, y, z), width * 0.5, 0.35, width * 0.9, style.roof))
        elif top == "battlements":
            for dx in (-0.4, 0.0, 0.4):
                for dy in (-0.4, 0.0, 0.4):
                    if dx or dy:
                        at = (x + dx * width, y + dy * width, z)
                        size = (width * 0.22, width * 0.22, width * 0.25)
                        self.add(shapes.block(at, size, style.wall))
        else:
            self.add(shapes.hip((x, y, z), (width, width, width * 0.6), style.roof, "roof"))

    def round_tower(self, x: float, y: float, radius: float, height: float, cone: bool) -> None:
        """Add a round tower with a cone or a rim on top."""
        panel = self.wall(radius * 0.8, height)
        body = [(radius, 0.0), (radius, height)]
        self.add(shapes.revolve((x, y, 0), body, self.style.wall, 10, panel))
        rim = [(radius * 1.15, 0.0), (radius * 1.15, height * 0.06)]
        self.add(shapes.revolve((x, y, height), rim, self.style.trim, 10))
        if cone:
            roof = [(radius * 1.2, 0.0), (0.0, radius * 2.2)]
            self.add(shapes.revolve((x, y, height * 1.06), roof, self.style.roof, 10))

    def columns(
        self, xs: list[float], y: float, z: float, radius: float, height: float, colour: Colour
    ) -> None:
        """Add a row of columns along x."""
        profile = [(radius * 1.3, 0.0), (radius, height * 0.06), (radius * 0.85, height)]
        for x in xs:
            self.add(shapes.revolve((x, y, z), profile, colour, 8))

    def choice(self, *names: str) -> str:
        """Draw one of the names."""
        return str(self.rng.choice(names))
