"""The sections of the configuration: these dataclasses are the schema."""

from dataclasses import asdict, dataclass

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
    of the section continents). ``batch_size`` images make a step, on all GPUs together: the same
    training on any number of them. Each makes its share in ``accumulate`` parts, to need less
    memory. ``instances``: images of a landmark that the two samplers in the middle put together.
    ``max_unreadable``: images that may be replaced by another of their landmark.
    """

    list: str = ""
    sampler: str = "shuffle"
    batch_size: int = 32
    accumulate: int = 1
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
    """The optimizer; factors multiply the learning rate of a part of the network.

    ``lr`` is for batches of ``lr_batch`` and grows in proportion to ``data.batch_size``; 0: it is
    as it stands. ``clip``: largest norm of the gradient, 0: any. ``average``: decay of the averaged
    weights, which are then what is validated and written, 0: none. ``sync_batchnorm``: statistics
    over all GPUs. ``compile``: torch.compile, which takes minutes before the first step.
    """

    name: str = "sgd"
    lr: float = 0.01
    lr_batch: int = 0
    momentum: float = 0.9
    weight_decay: float = 5e-4
    bias_factor: float = 2.0
    backbone_factor: float = 1.0
    head_factor: float = 1.0
    precision: str = "bfloat16"
    clip: float = 0.0
    average: float = 0.0
    freeze_batchnorm: bool = False
    sync_batchnorm: bool = False
    compile: bool = False


@dataclass(frozen=True)
class Schedule:
    """Epochs of the run, and of the warmup in it."""

    epochs: int = 10
    warmup: float = 1.0


@dataclass(frozen=True)
class Checkpoint:
    """Steps between two states from which an interrupted run goes on; 0: none.

    ``every_epochs``: epochs between two checkpoints that stay in the run folder, for stages that
    start from the middle of another; 0: none.
    """

    every: int = 1000
    every_epochs: int = 0


@dataclass(frozen=True)
class Validation:
    """mAP@100 each ``every`` epochs and at the end (0: never), by the labels of two lists."""

    every: int = 0
    queries: str = ""
    index: str = ""


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
