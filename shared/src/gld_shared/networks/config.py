"""The architecture of an embedding network, as a checkpoint's metadata record it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from gld_shared.errors import DataError
from gld_shared.type_contract import type_fault

POOLINGS = ("gem", "gem_learned", "avg", "max", "cls")
NECKS = ("linear_bn", "bn", "none")
MAXIMUM_DIM = 1_000_000


@dataclass(frozen=True)
class NetworkConfig:
    """A network's architecture.

    ``backbone`` is a name that timm knows, or ``recipe:NAME`` for one of the reference recipe.
    ``dim`` is the length of the embedding after a ``linear_bn`` neck; the other necks keep the
    backbone's number of channels. ``gem_p`` is the exponent of GeM, or its initial value when it
    is learned. ``whiten`` is the length of the embedding after whitening, 0 for no whitening.
    ``weights`` names the backbone's initial weights for training; ``build`` ignores it.
    Raises DataError that names every wrong value.
    """

    backbone: str
    pooling: str = "gem"
    gem_p: float = 3.0
    neck: str = "linear_bn"
    dim: int = 512
    whiten: int = 0
    weights: str | None = None

    def __post_init__(self) -> None:
        """Check the values."""
        problems = []
        if not self.backbone:
            problems.append("backbone is empty, expected a name that timm knows or recipe:NAME")
        if self.pooling not in POOLINGS:
            problems.append(f"pooling is {self.pooling!r}, expected one of {', '.join(POOLINGS)}")
        if self.neck not in NECKS:
            problems.append(f"neck is {self.neck!r}, expected one of {', '.join(NECKS)}")
        if not self.gem_p > 0:
            problems.append(f"gem_p is {self.gem_p}, expected a positive number")
        if self.neck == "linear_bn" and self.dim not in range(1, MAXIMUM_DIM + 1):
            problems.append(f"dim is {self.dim}, expected 1 to {MAXIMUM_DIM}")
        if self.whiten not in range(MAXIMUM_DIM + 1):
            problems.append(f"whiten is {self.whiten}, expected 0 (none) to {MAXIMUM_DIM}")
        if problems:
            raise DataError("model: " + "; ".join(problems))

    def to_dict(self) -> dict[str, Any]:
        """Return the configuration as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "NetworkConfig":
        """Build a configuration from a dictionary.

        Raises DataError on missing or unknown keys, and on values of another type.
        """
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown or "backbone" not in values:
            problem = f"unknown key {', '.join(unknown)}" if unknown else "no backbone"
            raise DataError(f"model: {problem}; expected keys {', '.join(sorted(known))}")
        fault = type_fault(dict(values), cls, "model")
        if fault is not None:
            raise DataError(fault)
        return cls(**values)
