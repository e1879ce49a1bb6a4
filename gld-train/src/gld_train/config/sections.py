"""The sections that belong to no other package: model, image, checkpoint and validation."""

from dataclasses import asdict, dataclass
from math import inf
from typing import Annotated

from gld_shared.images.settings import ImageSettings
from gld_shared.networks import NetworkConfig
from gld_shared.networks.config import NECKS, POOLINGS

from gld_train.config_range import Interval, Named, OneOf, Rule

RANDOM = "random"
Triple = tuple[float, float, float]


@dataclass(frozen=True)
class ModelConfig:
    """Section model: the network, and the source of its first weights.

    ``backbone``: a name that timm knows, or ``recipe:NAME``. ``weights``: ``random``,
    ``packaged:NAME``, ``timm:NAME``, a .pth or .safetensors file of a backbone, or a checkpoint of
    an earlier stage or of the reference recipe (backbone and neck).
    """

    backbone: Annotated[str, Named("a name that timm knows, or recipe:NAME")] = (
        "tf_efficientnet_lite0"
    )
    pooling: Annotated[str, OneOf(POOLINGS)] = "gem"
    gem_p: Annotated[float, Interval(0, inf, "an exponent", above=True)] = 3.0
    neck: Annotated[str, OneOf(NECKS)] = "linear_bn"
    dim: Annotated[int, Interval(1, 1_000_000, "the length of an embedding")] = 512
    weights: Annotated[str, Named("'random', packaged:NAME, timm:NAME or a file")] = (
        "packaged:efficientnet_lite0"
    )

    def network(self) -> NetworkConfig:
        """Return the section as ``gld_shared.networks.build`` takes it."""
        values = asdict(self)
        if self.weights == RANDOM:
            values["weights"] = None
        return NetworkConfig.from_dict(values)


@dataclass(frozen=True)
class ImageConfig:
    """Section image: side length in pixels, and mean and std of channel values in 0..1."""

    size: Annotated[int, Interval(1, 16_384, "pixels")] = 224
    resize: Annotated[str, OneOf(("squash",))] = "squash"
    mean: Annotated[Triple, Interval(0, 1, "numbers")] = (0.5, 0.5, 0.5)
    std: Annotated[Triple, Interval(0, 1, "numbers", above=True)] = (0.5, 0.5, 0.5)

    def settings(self) -> ImageSettings:
        """Return the section as stores and checkpoints record it."""
        return ImageSettings.from_dict(asdict(self))


@dataclass(frozen=True)
class CheckpointConfig:
    """Section checkpoint: a state to resume from is saved after each ``every`` steps; 0: never.

    ``every_epochs``: epochs between the checkpoints that are kept in the run folder, for stages
    that start from the middle of another; 0: none. ``tuned_share``: the backbone that is validated
    and written is this share of the tuned one and the rest of the first one (WiSE-FT's alpha).
    """

    every: Annotated[int, Interval(0, 1_000_000_000, "steps (0: never)")] = 1000
    every_epochs: Annotated[int, Interval(0, 1_000_000, "epochs (0: never)")] = 0
    tuned_share: Annotated[float, Interval(0, 1, "a share, of the tuned weights")] = 1.0

    def rules(self, first_weights: str) -> list[Rule]:
        """Require a share of 1 with random ``first_weights``, which are not worth mixing."""
        return [
            (
                self.tuned_share == 1 or first_weights != RANDOM,
                f"checkpoint.tuned_share: {self.tuned_share}, expected 1, because model.weights is "
                "'random'; name trained weights to mix the tuned ones with",
            ),
        ]


@dataclass(frozen=True)
class ValidationConfig:
    """Section validation: mAP@100 every N epochs (0: never) and at the end, by two lists."""

    every: Annotated[int, Interval(0, 1_000_000, "epochs (0: never)")] = 0
    queries: str = ""
    index: str = ""

    def rules(self) -> list[Rule]:
        """Require both lists if validation is on."""
        return [
            (
                not self.every or bool(path),
                f"validation.{name}: expected a list, because validation.every is set",
            )
            for name, path in (("queries", self.queries), ("index", self.index))
        ]
