"""The plan of a synthetic data set: its landmarks, and the split of each photograph."""

import hashlib
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from gld_lists.synthetic.names import COUNTRIES, category
from gld_lists.synthetic.styles import Style, country_style, landmark_style

Split = Literal["train", "index", "test"]
# The purpose of a random generator, which is the second number of its seed.
_COUNTRY, _STYLE, _ROLE, _IMAGES = 1, 2, 3, 4
_MAXIMUM_TRAIN = 28


@dataclass(frozen=True)
class Photograph:
    """A planned photograph of a building; ``label`` is its landmark according to the CSV files."""

    id: str
    split: Split
    building: int
    number: int
    label: int
    clean: bool = True


@dataclass(frozen=True)
class Landmark:
    """A building: its name, country and style, and whether it is in train, clean and the index."""

    number: int
    name: str
    country: str
    style: Style
    in_train: bool
    in_clean: bool
    in_index: bool


@dataclass
class Plan:
    """The buildings, of which the first ``landmarks`` have queries; photographs in CSV order."""

    seed: int
    landmarks: int
    buildings: list[Landmark] = field(default_factory=list)
    photographs: list[Photograph] = field(default_factory=list)


def make_plan(landmarks: int, seed: int) -> Plan:
    """Plan a set: landmarks, distractors in the index, and strangers that appear only in queries.

    About a tenth of the landmarks are in the index but not in train, a twelfth in train but not in
    the index, and a sixteenth in train without clean images.
    """
    plan = Plan(seed, landmarks)
    distractors, strangers = landmarks // 4, max(1, landmarks // 4)
    for number in range(landmarks + distractors + strangers):
        plan.buildings.append(_landmark(number, plan, distractors))
    for landmark in plan.buildings:
        if landmark.number < landmarks:
            _photograph_landmark(plan, landmark)
        else:
            split: Split = "index" if landmark.in_index else "test"
            for number in range(3 if landmark.in_index else 2):
                plan.photographs.append(_image(plan, split, landmark.number, number))
    order = np.random.default_rng([seed, _ROLE]).permutation(len(plan.photographs))
    plan.photographs = [plan.photographs[i] for i in order]
    return plan


def building_rng(seed: int, number: int) -> np.random.Generator:
    """Return the generator for a building's geometry and textures."""
    return np.random.default_rng([seed, _STYLE, number, 1])


def image_rng(seed: int, building: int, number: int) -> np.random.Generator:
    """Return the generator for one photograph of a building."""
    return np.random.default_rng([seed, _IMAGES, building, number])


def _landmark(number: int, plan: Plan, distractors: int) -> Landmark:
    rng = np.random.default_rng([plan.seed, _ROLE, number])
    # A distractor shares the colours, windows and often the kind of a landmark, its twin.
    is_distractor = plan.landmarks <= number < plan.landmarks + distractors
    twin = number - plan.landmarks if is_distractor else number
    used = min(len(COUNTRIES), max(2, plan.landmarks // 5))
    country = twin % used
    shared = country_style(np.random.default_rng([plan.seed, _COUNTRY, country]))
    style = landmark_style(shared, np.random.default_rng([plan.seed, _STYLE, twin]))
    is_landmark = number < plan.landmarks
    index_only = number % 10 == 7
    return Landmark(
        number=number,
        name=category(style.kind, number, rng),
        country=COUNTRIES[country].code,
        style=style,
        in_train=is_landmark and not index_only,
        in_clean=is_landmark and not index_only and number % 16 != 11,
        in_index=is_distractor or (is_landmark and number % 12 != 9),
    )


def _photograph_landmark(plan: Plan, landmark: Landmark) -> None:
    """Plan a landmark's train, index and query images, and train images with a wrong label.

    The numbers of train images follow a Pareto distribution: few landmarks have many.
    """
    rng = np.random.default_rng([plan.seed, _ROLE, landmark.number, 1])
    number = 0
    if landmark.in_train:
        count = min(_MAXIMUM_TRAIN, int(9 * (1 + rng.pareto(2.5))))
        for _ in range(count):
            image = _image(plan, "train", landmark.number, number, clean=landmark.in_clean)
            plan.photographs.append(image)
            number += 1
        for _ in range(count // 8 + 1):
            other = int(rng.integers(len(plan.buildings)))
            # Numbers beyond those of a building's own photographs, so that no image appears twice.
            wrong = 1000 + landmark.number * _MAXIMUM_TRAIN + number
            plan.photographs.append(
                _image(plan, "train", other, wrong, landmark.number, other == landmark.number)
            )
            number += 1
    for _ in range(int(rng.integers(4, 7)) if landmark.in_index else 0):
        plan.photographs.append(_image(plan, "index", landmark.number, number))
        number += 1
    for _ in range(2):
        plan.photographs.append(_image(plan, "test", landmark.number, number))
        number += 1


def _image(
    plan: Plan,
    split: Split,
    building: int,
    number: int,
    label: int | None = None,
    clean: bool = True,
) -> Photograph:
    text = f"{plan.seed} {building} {number}".encode()
    identity = hashlib.sha256(text).hexdigest()[:16]
    return Photograph(
        identity, split, building, number, building if label is None else label, clean
    )
