"""Ranges of the configuration's values, section by section: (holds, what is said if not)."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gld_train.config.config import Config
    from gld_train.config.sections import (
        Augment,
        Checkpoint,
        Data,
        Image,
        Optim,
        Schedule,
        Validation,
    )

Rule = tuple[bool, str]
HEADS = ("arcface", "cosface", "amsoftmax", "circle", "linear")
SAMPLERS = ("shuffle", "id_uniform", "image_uniform", "continent")


def rules(config: "Config") -> list[Rule]:
    """All of them."""
    return [
        *image_rules(config.image),
        *data_rules(config.data),
        *continent_rules(config),
        *augment_rules(config.augment),
        *head_rules(config),
        *optim_rules(config.optim),
        *schedule_rules(config.schedule),
        *checkpoint_rules(config.checkpoint),
        *validation_rules(config.validation),
    ]


def image_rules(image: "Image") -> list[Rule]:
    """Section image."""
    return [
        (image.size > 0, "image.size: expected at least 1 pixel"),
        (image.resize == "squash", "image.resize: expected 'squash'"),
        (min(image.std) > 0, "image.std: expected positive numbers"),
    ]


def head_rules(config: "Config") -> list[Rule]:
    """Sections head, margin_by_size and triplet."""
    head, by_size, triplet = config.head, config.margin_by_size, config.triplet
    linear = head.kind == "linear"
    return [
        (head.kind in HEADS, f"head.kind: expected {either(HEADS)}"),
        (head.scale > 0, "head.scale: expected a positive number"),
        (0 <= head.margin < 1.58, "head.margin: expected radians, 0 to pi/2"),
        (head.subcenters > 0, "head.subcenters: expected at least 1"),
        (
            not (linear and head.subcenters > 1),
            "head.subcenters: expected 1, because head.kind is 'linear'",
        ),
        (0 <= head.label_smoothing < 1, "head.label_smoothing: expected 0 to 1"),
        (
            head.class_weights in ("none", "log"),
            "head.class_weights: expected 'none' or 'log'",
        ),
        (
            0 < head.negatives <= 1,
            "head.negatives: expected a share of the classes, above 0, at most 1",
        ),
        (head.classes >= 0, "head.classes: expected 0 (count them) or more"),
        (
            not (linear and by_size.enabled),
            "margin_by_size.enabled: expected false, because head.kind is 'linear'",
        ),
        (
            0 <= by_size.lowest <= by_size.highest < 1.58,
            "margin_by_size.lowest, highest: expected 0 <= lowest <= highest < pi/2",
        ),
        (triplet.weight >= 0, "triplet.weight: expected 0 (none) or more"),
        (triplet.margin >= 0, "triplet.margin: expected a distance, 0 or more"),
    ]


def data_rules(data: "Data") -> list[Rule]:
    """Section data."""
    return [
        (data.sampler in SAMPLERS, f"data.sampler: expected {either(SAMPLERS)}"),
        (data.batch_size > 0, "data.batch_size: expected at least 1"),
        (
            0 < data.accumulate <= max(data.batch_size, 1),
            "data.accumulate: expected parts of a batch, 1 to data.batch_size",
        ),
        (
            data.instances > 0 and data.batch_size % max(data.instances, 1) == 0,
            "data.instances: expected a divisor of data.batch_size",
        ),
        (data.max_unreadable >= 0, "data.max_unreadable: expected 0 (stop at the first) or more"),
    ]


def continent_rules(config: "Config") -> list[Rule]:
    """Section continents."""
    shares = config.continents.ratios().values()
    return [
        (min(shares) >= 0, "continents: expected shares of 0 or more"),
        (abs(sum(shares) - 1) < 1e-6, f"continents: shares sum to {sum(shares):g}, expected 1"),
        (0 <= config.continents.clean <= 1, "continents.clean: expected a share, 0 to 1"),
    ]


def augment_rules(augment: "Augment") -> list[Rule]:
    """Section augment."""
    probabilities = ("flip", "erase", "color_jitter", "randaugment", "augmix")
    return [
        *(
            (0 <= getattr(augment, name) <= 1, f"augment.{name}: expected a probability, 0 to 1")
            for name in probabilities
        ),
        (augment.padding >= 0, "augment.padding: expected 0 pixels or more"),
        (0 <= augment.jitter <= 1, "augment.jitter: expected 0 to 1"),
        (augment.operations > 0, "augment.operations: expected at least 1"),
        (0 <= augment.magnitude <= 30, "augment.magnitude: expected 0 to 30"),
        (1 <= augment.severity <= 10, "augment.severity: expected 1 to 10"),
    ]


def optim_rules(optim: "Optim") -> list[Rule]:
    """Section optim."""
    return [
        (optim.name in ("sgd", "adamw"), "optim.name: expected 'sgd' or 'adamw'"),
        (optim.lr > 0, "optim.lr: expected a positive number"),
        (optim.lr_batch >= 0, "optim.lr_batch: expected 0 (lr as it stands) or a batch's size"),
        (
            optim.precision in ("float32", "bfloat16", "float16"),
            "optim.precision: expected 'float32', 'bfloat16' or 'float16'",
        ),
        (optim.clip >= 0, "optim.clip: expected 0 (any gradient) or a norm"),
        (0 <= optim.average < 1, "optim.average: expected a decay, 0 (none) to 1"),
    ]


def schedule_rules(schedule: "Schedule") -> list[Rule]:
    """Section schedule."""
    return [
        (schedule.epochs > 0, "schedule.epochs: expected at least 1"),
        (
            0 <= schedule.warmup <= schedule.epochs,
            "schedule.warmup: expected epochs, 0 to schedule.epochs",
        ),
    ]


def checkpoint_rules(checkpoint: "Checkpoint") -> list[Rule]:
    """Section checkpoint."""
    return [
        (checkpoint.every >= 0, "checkpoint.every: expected 0 steps (never) or more"),
        (
            checkpoint.every_epochs >= 0,
            "checkpoint.every_epochs: expected 0 epochs (never) or more",
        ),
    ]


def validation_rules(validation: "Validation") -> list[Rule]:
    """Section validation."""
    return [
        (
            not validation.every or bool(getattr(validation, name)),
            f"validation.{name}: expected a list, because validation.every is set",
        )
        for name in ("queries", "index")
    ]


def either(names: tuple[str, ...]) -> str:
    """'a', 'b' or 'c'."""
    quoted = [f"'{name}'" for name in names]
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}"
