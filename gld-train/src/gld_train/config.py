"""The configuration of a training run: the dataclasses are the schema."""

from dataclasses import asdict, dataclass, field
from typing import Any

from gld_shared.errors import DataError
from gld_shared.images import ImageSettings
from gld_shared.networks import NetworkConfig

from gld_train.config_parts import Continents, MarginBySize, Triplet
from gld_train.config_rules import augment_rules, continent_rules, data_rules, head_rules

RANDOM = "random"


@dataclass(frozen=True)
class Model:
    """The network, and where its first weights come from.

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


@dataclass(frozen=True)
class Image:
    """The pixels that the network sees: side length, and mean and std of values in 0..1."""

    size: int = 224
    resize: str = "squash"
    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    std: tuple[float, float, float] = (0.5, 0.5, 0.5)


@dataclass(frozen=True)
class Data:
    """The list, if the command line names none (empty: standard input), and how it is batched.

    ``sampler``: ``shuffle`` (every image once), ``id_uniform`` (every landmark once),
    ``image_uniform`` (every image, no landmark twice in a batch) or ``continent`` (by the shares
    of the section continents). ``instances``: images of a landmark that the two in the middle put
    together. ``max_unreadable``: images that may be replaced by another of their landmark.
    """

    list: str = ""
    sampler: str = "shuffle"
    batch_size: int = 32
    drop_last: bool = False
    instances: int = 1
    max_unreadable: int = 0


@dataclass(frozen=True)
class Augment:
    """Probability of a flip, pixels of padding before the crop, probability of erasing.

    And those of three changes of colour and shape in between: ``color_jitter`` (brightness,
    contrast and saturation by up to ``jitter``), ``randaugment`` (``operations`` of ``magnitude``
    0 to 30), ``augmix`` (``severity`` 1 to 10).
    """

    flip: float = 0.5
    padding: int = 10
    erase: float = 1.0
    color_jitter: float = 0.0
    jitter: float = 0.1
    randaugment: float = 0.0
    operations: int = 2
    magnitude: int = 9
    augmix: float = 0.0
    severity: int = 1


@dataclass(frozen=True)
class Head:
    """The head's kind, scale and margin (ArcFace's in radians), and its first class vectors.

    ``kind``: ``arcface``, ``cosface``, ``amsoftmax``, ``circle`` or ``linear``. ``subcenters``:
    vectors of each class. ``class_weights``: ``none``, or ``log``: frequent landmarks weigh less.
    ``negatives``: the share of the other classes that takes part in a step. ``init``: ``random``,
    ``class_means`` (of the training images under the first weights), or the ``head.safetensors``
    of an earlier run's folder, whose leading rows are taken over. ``classes``: 0 counts the labels
    of the list.
    """

    kind: str = "arcface"
    scale: float = 30.0
    margin: float = 0.3
    subcenters: int = 1
    label_smoothing: float = 0.0
    class_weights: str = "none"
    negatives: float = 1.0
    init: str = RANDOM
    classes: int = 0


@dataclass(frozen=True)
class Optim:
    """The optimizer; factors multiply the learning rate of a part of the network."""

    name: str = "sgd"
    lr: float = 0.01
    momentum: float = 0.9
    weight_decay: float = 5e-4
    bias_factor: float = 2.0
    backbone_factor: float = 1.0
    head_factor: float = 1.0
    precision: str = "bfloat16"
    freeze_batchnorm: bool = False


@dataclass(frozen=True)
class Schedule:
    """Epochs of the run, and of the warmup in it."""

    epochs: int = 10
    warmup: float = 1.0


@dataclass(frozen=True)
class Checkpoint:
    """Steps between two states from which an interrupted run goes on; 0: none."""

    every: int = 1000


@dataclass(frozen=True)
class Validation:
    """mAP@100 each ``every`` epochs and at the end (0: never), by the labels of two lists."""

    every: int = 0
    queries: str = ""
    index: str = ""


@dataclass(frozen=True)
class Config:
    """Everything that a run is made of, apart from the list, the images and the seed."""

    model: Model = field(default_factory=Model)
    image: Image = field(default_factory=Image)
    data: Data = field(default_factory=Data)
    augment: Augment = field(default_factory=Augment)
    head: Head = field(default_factory=Head)
    margin_by_size: MarginBySize = field(default_factory=MarginBySize)
    triplet: Triplet = field(default_factory=Triplet)
    continents: Continents = field(default_factory=Continents)
    optim: Optim = field(default_factory=Optim)
    schedule: Schedule = field(default_factory=Schedule)
    checkpoint: Checkpoint = field(default_factory=Checkpoint)
    validation: Validation = field(default_factory=Validation)

    def network(self) -> NetworkConfig:
        """The network's part, as ``gld_shared.networks.build`` takes it."""
        values = asdict(self.model)
        if values["weights"] == RANDOM:
            values["weights"] = None
        return NetworkConfig.from_dict(values)

    def image_settings(self) -> ImageSettings:
        """The image's part, as stores and checkpoints record it."""
        return ImageSettings.from_dict(asdict(self.image))

    def recorded(self, seed: int) -> dict[str, Any]:
        """What the checkpoint keeps: plain JSON values."""
        values: dict[str, Any] = asdict(self)
        values["model"] = self.network().to_dict()
        values["image"] = self.image_settings().to_dict()
        return {**values, "seed": seed}


def check(config: Config, source: str) -> None:
    """Raise one DataError that names every value out of range."""
    optim = config.optim
    rules = [
        (config.image.size > 0, "image.size: expected at least 1 pixel"),
        (config.image.resize == "squash", "image.resize: expected 'squash'"),
        (min(config.image.std) > 0, "image.std: expected positive numbers"),
        *data_rules(config.data),
        *continent_rules(config),
        *augment_rules(config.augment),
        *head_rules(config),
        (optim.name in ("sgd", "adamw"), "optim.name: expected 'sgd' or 'adamw'"),
        (optim.lr > 0, "optim.lr: expected a positive number"),
        (
            optim.precision in ("float32", "bfloat16", "float16"),
            "optim.precision: expected 'float32', 'bfloat16' or 'float16'",
        ),
        (config.schedule.epochs > 0, "schedule.epochs: expected at least 1"),
        (
            0 <= config.schedule.warmup <= config.schedule.epochs,
            "schedule.warmup: expected epochs, 0 to schedule.epochs",
        ),
        (config.checkpoint.every >= 0, "checkpoint.every: expected 0 steps (never) or more"),
        (
            not config.validation.every or bool(config.validation.queries),
            "validation.queries: expected a list, because validation.every is set",
        ),
        (
            not config.validation.every or bool(config.validation.index),
            "validation.index: expected a list, because validation.every is set",
        ),
    ]
    problems = [message for holds, message in rules if not holds]
    if problems:
        raise DataError(f"{source}: " + "; ".join(problems))
    config.network()
