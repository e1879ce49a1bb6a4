"""Sections of the configuration that most runs leave as they are."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class MarginBySize:
    """A margin for each class instead of ``head.margin``: factor * n^-power + offset of n images.

    Within ``lowest`` and ``highest``; in the head's unit, radians for ArcFace.
    """

    enabled: bool = False
    factor: float = 0.5
    power: float = 0.25
    offset: float = 0.05
    lowest: float = 0.05
    highest: float = 0.5


@dataclass(frozen=True)
class Triplet:
    """The batch-hard triplet loss, added to the head's with ``weight`` (0: none).

    ``soft``: log(1 + exp) in place of ``margin``. Batches need several images of a landmark:
    ``data.sampler`` id_uniform or image_uniform with ``data.instances``.
    """

    weight: float = 0.0
    margin: float = 0.3
    soft: bool = False


@dataclass(frozen=True)
class Continents:
    """Share of each continent in an epoch of the continent sampler, and of clean images in each."""

    asia: float = 0.5
    europe: float = 0.2
    africa: float = 0.15
    north_america: float = 0.1
    south_america: float = 0.02
    antarctica: float = 0.01
    oceania: float = 0.01
    other: float = 0.01
    clean: float = 0.66

    def ratios(self) -> dict[str, float]:
        """The shares by the names that lists have; landmarks of no known country are OTHER."""
        shares = {key: share for key, share in asdict(self).items() if key != "clean"}
        names = {key: key.replace("_", " ").title() for key in shares} | {"other": "OTHER"}
        return {names[key]: share for key, share in shares.items()}
