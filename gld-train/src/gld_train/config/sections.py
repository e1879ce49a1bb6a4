"""The sections that belong to no other package: model, image, checkpoint and validation."""

from dataclasses import asdict, dataclass

from gld_shared.images.settings import ImageSettings
from gld_shared.networks import NetworkConfig

from gld_train.config_rule import Rule

RANDOM = "random"


@dataclass(frozen=True)
class ModelConfig:
    """Section model: the network, and the source of its first weights.

    ``backbone``: a name that timm knows, or ``recipe:NAME``. ``weights``: ``random``,
    ``packaged:NAME``, ``timm:NAME``, a .pth or .safetensors file of a backbone, or a checkpoint of
    an earlier stage or of the reference recipe (backbone and neck).
    """

    backbone: str = "tf_efficientnet_lite0"
    pooling: str = "gem"
    gem_p: float = 3.0
    neck: str = "linear_bn"
    dim: int = 512
    weights: str = "packaged:efficientnet_lite0"

    def network(self) -> NetworkConfig:
        """Return the section as ``gld_shared.networks.build`` takes it."""
        values = asdict(self)
        if self.weights == RANDOM:
            values["weights"] = None
        return NetworkConfig.from_dict(values)


@dataclass(frozen=True)
class ImageConfig:
    """Section image: side length in pixels, and mean and std of channel values in 0..1."""

    size: int = 224
    resize: str = "squash"
    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    std: tuple[float, float, float] = (0.5, 0.5, 0.5)

    def settings(self) -> ImageSettings:
        """Return the section as stores and checkpoints record it."""
        return ImageSettings.from_dict(asdict(self))

    def rules(self) -> list[Rule]:
        """Ranges of the values."""
        return [
            (self.size > 0, "image.size: expected at least 1 pixel"),
            (self.resize == "squash", "image.resize: expected 'squash'"),
            (min(self.std) > 0, "image.std: expected positive numbers"),
        ]


@dataclass(frozen=True)
class CheckpointConfig:
    """Section checkpoint: a state to resume from is saved after each ``every`` steps; 0: never.

    ``every_epochs``: epochs between the checkpoints that are kept in the run folder, for stages
    that start from the middle of another; 0: none. ``tuned_share``: the backbone that is validated
    and written is this share of the tuned one and the rest of the first one (WiSE-FT's alpha).
    """

    every: int = 1000
    every_epochs: int = 0
    tuned_share: float = 1.0

    def rules(self, first_weights: str) -> list[Rule]:
        """Ranges of the values; nothing is mixed with random ``first_weights``."""
        return [
            (self.every >= 0, "checkpoint.every: expected 0 steps (never) or more"),
            (self.every_epochs >= 0, "checkpoint.every_epochs: expected 0 epochs (never) or more"),
            (
                0 <= self.tuned_share <= 1,
                "checkpoint.tuned_share: expected a share, 0 (the first weights) to 1 (the tuned)",
            ),
            (
                self.tuned_share == 1 or first_weights != RANDOM,
                "checkpoint.tuned_share: expected 1, because model.weights is 'random'; "
                "name trained weights to mix the tuned ones with",
            ),
        ]


@dataclass(frozen=True)
class ValidationConfig:
    """Section validation: mAP@100 every N epochs (0: never) and at the end, by two lists."""

    every: int = 0
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
