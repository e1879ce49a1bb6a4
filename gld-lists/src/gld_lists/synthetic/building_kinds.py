"""Landmarks as solids: a function for each kind of building, with sizes drawn at random."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gld_lists.synthetic import shapes
from gld_lists.synthetic.building_parts import Builder
from gld_lists.synthetic.shapes import Face
from gld_lists.synthetic.styles import Style
from gld_lists.synthetic.textures import Picture


@dataclass(frozen=True)
class Building:
    """Faces in metres around the origin, their textures by name, height and ground radius."""

    faces: list[Face]
    textures: dict[str, Picture]
    height: float
    radius: float


def build(style: Style, rng: np.random.Generator) -> Building:
    """Construct a building of the style's kind; the style and the generator determine it."""
    builder = Builder(style, rng)
    _KINDS[style.kind](builder)
    corners = np.concatenate([face.corners for face in builder.faces])
    return Building(
        builder.faces,
        builder.textures,
        height=float(corners[:, 2].max()),
        radius=float(np.hypot(corners[:, 0], corners[:, 1]).max()),
    )


def _church(b: Builder) -> None:
    width, depth, height = b.between(8, 14), b.between(16, 28), b.between(7, 13)
    b.house(0, 0, 0, (width, depth, height))
    roof = (width * 1.08, depth * 1.02, b.between(4, 8))
    b.add(shapes.gable((0, 0, height), roof, (b.style.roof, b.style.wall), "roof", along_y=True))
    side = float(b.rng.choice([-0.5, 0.0, 0.5]))
    top = b.choice("spire", "dome", "battlements", "low")
    tower = b.between(4, 6.5)
    b.tower(side * width, -depth / 2, tower, height + b.between(5, 14), top)
    if b.rng.random() < 0.5:
        radius, z = width * 0.5, height * 0.8
        apse = [(radius, 0.0), (radius, z), (0.0, z * 1.4)]
        b.add(shapes.revolve((0, depth / 2, 0), apse, b.style.wall, 10))


def _cathedral(b: Builder) -> None:
    width, depth, height = b.between(14, 20), b.between(26, 36), b.between(12, 16)
    b.house(0, 0, 0, (width, depth, height))
    colours = (b.style.roof, b.style.wall)
    b.add(shapes.gable((0, 0, height), (width, depth, b.between(5, 8)), colours, "roof", True))
    across = b.between(22, 30)
    b.house(0, depth * 0.15, 0, (across, width * 0.5, height))
    b.add(shapes.gable((0, depth * 0.15, height), (across, width * 0.5, 5), colours, "roof"))
    top, rise = b.choice("spire", "dome", "battlements", "low"), b.between(6, 16)
    for side in (-1, 1):
        b.tower(side * width * 0.42, -depth / 2, b.between(5, 6), height + rise, top)
    if b.rng.random() < 0.5:
        b.tower(0, depth * 0.15, 5, height + rise * 0.8, b.choice("spire", "dome"))


def _mosque(b: Builder) -> None:
    width, height = b.between(16, 26), b.between(7, 12)
    b.house(0, 0, 0, (width, width, height))
    radius, drum = width * b.rng.uniform(0.25, 0.42), b.between(2, 5)
    body = [(radius, 0.0), (radius, drum)]
    b.add(shapes.revolve((0, 0, height), body, b.style.wall, 14, b.wall(radius * 0.5, drum)))
    bulge, rise = b.rng.uniform(0, 0.5), radius * b.rng.uniform(0.8, 1.5)
    b.add(shapes.dome((0, 0, height + drum), radius, bulge, rise, b.style.roof))
    minarets, tall = int(b.rng.choice([1, 2, 4])), b.between(18, 34)
    places = [(-1, -1), (1, -1), (1, 1), (-1, 1)][:minarets]
    for sx, sy in places:
        b.round_tower(sx * width * 0.55, sy * width * 0.55, b.between(1.2, 1.9), tall, True)
    if b.rng.random() < 0.5:
        for sx, sy in [(-1, -1), (1, -1), (1, 1), (-1, 1)]:
            at = (sx * width * 0.35, sy * width * 0.35, height)
            b.add(shapes.dome(at, width * 0.12, bulge, width * 0.15, b.style.roof))


def _palace(b: Builder) -> None:
    width, depth, height = b.between(28, 44), b.between(11, 16), b.between(9, 15)
    b.house(0, 0, 0, (width, depth, height))
    roof = (width * 1.03, depth * 1.05, b.between(3, 6))
    b.add(shapes.hip((0, 0, height), roof, b.style.roof, "roof", b.rng.uniform(0.5, 0.9)))
    middle, tall = width * b.rng.uniform(0.2, 0.35), height * b.rng.uniform(1.15, 1.5)
    b.house(0, -depth * 0.15, 0, (middle, depth * 1.3, tall))
    b.cap(0, -depth * 0.15, tall, min(middle, depth * 1.3), b.choice("dome", "low", "spire"))
    if b.rng.random() < 0.6:
        top, rise = b.choice("dome", "spire", "low"), height * b.rng.uniform(1.1, 1.7)
        for side in (-1, 1):
            b.tower(side * width * 0.5, 0, depth * 0.6, rise, top)


def _castle(b: Builder) -> None:
    width, depth, height = b.between(20, 32), b.between(16, 26), b.between(7, 11)
    b.house(0, 0, 0, (width, depth, height))
    for side in np.arange(-width / 2, width / 2, 2.5):
        for y in (-depth / 2, depth / 2):
            b.add(shapes.block((float(side) + 1, y, height), (1.2, 1.0, 1.3), b.style.wall))
    radius, rise, cone = b.between(2.5, 4), b.between(3, 9), bool(b.rng.random() < 0.5)
    for sx, sy in [(-1, -1), (1, -1), (1, 1), (-1, 1)]:
        b.round_tower(sx * width / 2, sy * depth / 2, radius, height + rise, cone)
    keep = b.between(6, 10)
    x, y = b.rng.uniform(-0.25, 0.25, 2)
    b.tower(x * width, y * depth, keep, height + b.between(7, 16), b.choice("battlements", "low"))


def _temple(b: Builder) -> None:
    width, depth, height = b.between(14, 26), b.between(18, 30), b.between(7, 11)
    steps = 3
    for step in range(steps):
        size = (width + 5 - step * 1.5, depth + 5 - step * 1.5, 0.8)
        b.add(shapes.block((0, 0, step * 0.8), size, b.style.trim))
    base = steps * 0.8
    b.house(0, 0, base, (width * 0.7, depth * 0.75, height))
    count = int(b.rng.integers(4, 9))
    xs = [float(x) for x in np.linspace(-width * 0.46, width * 0.46, count)]
    for y in (-depth * 0.47, depth * 0.47):
        b.columns(xs, y, base, width / count * 0.2, height, b.style.wall)
    for y in np.linspace(-depth * 0.47, depth * 0.47, count + 2)[1:-1]:
        b.columns([xs[0], xs[-1]], float(y), base, width / count * 0.2, height, b.style.wall)
    b.add(shapes.block((0, 0, base + height), (width, depth, 1.5), b.style.trim))
    if b.rng.random() < 0.7:
        size, colours = (width, depth, b.between(2.5, 5)), (b.style.roof, b.style.wall)
        b.add(shapes.gable((0, 0, base + height + 1.5), size, colours, "roof", along_y=True))
    else:
        b.add(shapes.dome((0, 0, base + height + 1.5), width * 0.4, 0, width * 0.4, b.style.roof))


def _pagoda(b: Builder) -> None:
    tiers, width = int(b.rng.integers(3, 8)), b.between(8, 14)
    height, eaves = b.between(3, 4.5), b.rng.uniform(1.25, 1.7)
    shrink, round_plan = b.rng.uniform(0.82, 0.95), bool(b.rng.random() < 0.35)
    z = 0.0
    for tier in range(tiers):
        w = width * shrink**tier
        if round_plan:
            panel = b.wall(w * 0.4, height)
            body = [(w / 2, 0.0), (w / 2, height)]
            b.add(shapes.revolve((0, 0, z), body, b.style.wall, 8, panel))
            roof = [(w / 2 * eaves, 0.0), (w * 0.4, height * 0.5)]
            b.add(shapes.revolve((0, 0, z + height), roof, b.style.roof, 8, "roof"))
        else:
            b.house(0, 0, z, (w, w, height))
            size = (w * eaves, w * eaves, height * 0.5)
            b.add(shapes.hip((0, 0, z + height), size, b.style.roof, "roof", 0.8 * shrink / eaves))
        z += height * 1.45
    needle = [(width * 0.25, 0.0), (0.1, b.between(3, 8))]
    b.add(shapes.revolve((0, 0, z), needle, b.style.roof, 8))


def _arch(b: Builder) -> None:
    width, depth, height = b.between(14, 24), b.between(5, 9), b.between(12, 20)
    opening = width * b.rng.uniform(0.25, 0.5)
    panel = b.wall((width - opening) / 2, height)
    b.add(shapes.archway((0, 0, 0), (width, depth, height), opening, b.style.wall, panel))
    b.add(shapes.block((0, 0, height), (width * 1.08, depth * 1.15, 1), b.style.trim))
    attic = b.between(2, 5)
    b.house(0, 0, height + 1, (width * 0.95, depth, attic))
    edge = (width - opening) / 4 + opening / 2
    xs = [-edge * 1.3, -edge * 0.8, edge * 0.8, edge * 1.3]
    for y in (-depth * 0.58, depth * 0.58):
        b.columns(xs, y, 0, 0.6, height, b.style.trim)
    b.cap(0, 0, height + 1 + attic, depth * 0.8, b.choice("dome", "battlements", "low"))


def _clock_tower(b: Builder) -> None:
    width, height = b.between(6, 9), b.between(24, 42)
    b.house(0, 0, 0, (width * b.rng.uniform(1.6, 3.2), width * 1.6, b.between(5, 9)))
    b.tower(0, 0, width, height, b.choice("spire", "dome", "low", "battlements"))
    z, radius = height * b.rng.uniform(0.75, 0.9), width * 0.33
    angle = np.linspace(0, 2 * np.pi, 17)[:-1]
    u, v, out = radius * np.cos(angle), z + radius * np.sin(angle), np.full(16, width * 0.52)
    for axes in ((u, -out, v), (u, out, v), (out, u, v), (-out, u, v)):
        b.add([Face(np.stack(axes, axis=1), (235, 232, 220))])


def _pyramid(b: Builder) -> None:
    levels, width = int(b.rng.integers(1, 7)), b.between(24, 38)
    step, z = b.between(3, 5), 0.0
    for level in range(levels):
        w = width * (1 - level / (levels + 1))
        name = b.wall(w, step) if b.rng.random() < 0.5 else "roof"
        b.add(shapes.hip((0, 0, z), (w, w, step), b.style.wall, name, b.rng.uniform(0.85, 0.97)))
        z += step
    w = width / (levels + 1)
    if levels == 1:
        b.add(shapes.hip((0, 0, 0), (width, width, width * 0.65), b.style.wall, "roof"))
    else:
        b.house(0, 0, z, (w * 0.7, w * 0.7, step))
        b.cap(0, 0, z + step, w * 0.7, b.choice("low", "dome", "battlements"))
        run = [[-w / 4, -width * 0.6, 0], [w / 4, -width * 0.6, 0], [w / 4, -w / 2, z]]
        b.add([Face(np.array([*run, [-w / 4, -w / 2, z]], float), b.style.trim)])


def _modern(b: Builder) -> None:
    parts, z = int(b.rng.integers(2, 5)), 0.0
    width, depth = b.between(9, 18), b.between(9, 16)
    shrink, is_round = b.rng.uniform(0.6, 0.95), bool(b.rng.random() < 0.4)
    for part in range(parts):
        factor, height = shrink**part, b.between(6, 15)
        if is_round:
            low, high = width / 2 * factor, width / 2 * factor * b.rng.uniform(0.7, 1.15)
            panel = b.wall(low * 0.6, height)
            b.add(shapes.revolve((0, 0, z), [(low, 0), (high, height)], b.style.wall, 12, panel))
        else:
            b.house(0, 0, z, (width * factor, depth * factor, height))
        z += height
    if b.rng.random() < 0.6:
        b.add(shapes.revolve((0, 0, z), [(0.6, 0), (0.1, b.between(5, 12))], b.style.trim, 6))


_KINDS: dict[str, Callable[[Builder], None]] = {
    "church": _church,
    "cathedral": _cathedral,
    "mosque": _mosque,
    "palace": _palace,
    "castle": _castle,
    "temple": _temple,
    "pagoda": _pagoda,
    "arch": _arch,
    "clock_tower": _clock_tower,
    "pyramid": _pyramid,
    "modern": _modern,
}
