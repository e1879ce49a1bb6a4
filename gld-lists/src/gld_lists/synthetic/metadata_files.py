"""The CSV and JSON files of GLDv2, written for a synthetic data set."""

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from gld_lists.synthetic.names import COUNTRIES, TURKEY_IN_EUROPE, Country
from gld_lists.synthetic.plan import Landmark, Photograph, Plan

_CATEGORY = "http://commons.wikimedia.org/wiki/Category:"
_UPLOADS = "https://upload.wikimedia.org/wikipedia/commons/"
# Seeds of the landmark ids, which are unrelated numbers in train and in the index.
_TRAIN_IDS, _INDEX_IDS = 11, 12


def write_metadata(folder: Path, plan: Plan) -> None:
    """Write every CSV file of the official layout and ``country_info/`` below ``folder``."""
    _write_train(folder / "train", plan)
    _write_index(folder / "index", plan)
    _write_solution(folder / "test" / "retrieval_solution_v2.1.csv", plan)
    _write_countries(folder / "country_info", plan)


def _of(plan: Plan, split: str) -> list[Photograph]:
    return [image for image in plan.photographs if image.split == split]


def _landmark_ids(plan: Plan, space: int) -> list[int]:
    """Return an ascending id for each building, with gaps as in the published files."""
    rng = np.random.default_rng([plan.seed, space])
    gaps = rng.integers(1, 60, len(plan.buildings))
    return [int(number) for number in np.cumsum(gaps)]


def _write_train(folder: Path, plan: Plan) -> None:
    ids, images = _landmark_ids(plan, _TRAIN_IDS), _of(plan, "train")
    rows = [
        (image.id, f"{_UPLOADS}{image.id[0]}/{image.id[:2]}/{image.id}.jpg", ids[image.label])
        for image in images
    ]
    _write(folder / "train.csv", ("id", "url", "landmark_id"), rows)
    clean = [
        (ids[landmark.number], " ".join(_clean_images(images, landmark)))
        for landmark in plan.buildings
        if landmark.in_clean
    ]
    _write(folder / "train_clean.csv", ("landmark_id", "images"), clean)
    known = [landmark for landmark in plan.buildings if landmark.in_train]
    _write_categories(folder / "train_label_to_category.csv", known, ids)


def _clean_images(images: Sequence[Photograph], landmark: Landmark) -> Iterable[str]:
    return (image.id for image in images if image.label == landmark.number and image.clean)


def _write_index(folder: Path, plan: Plan) -> None:
    ids = _landmark_ids(plan, _INDEX_IDS)
    rows = [(image.id, ids[image.label]) for image in _of(plan, "index")]
    _write(folder / "index_image_to_landmark.csv", ("id", "landmark_id"), rows)
    _write(folder / "index.csv", ("id",), [(image,) for image, _ in rows])
    shown = [landmark for landmark in plan.buildings if landmark.in_index]
    _write_categories(folder / "index_label_to_category.csv", shown, ids)


def _write_categories(path: Path, landmarks: Sequence[Landmark], ids: Sequence[int]) -> None:
    rows = [(ids[landmark.number], _CATEGORY + landmark.name) for landmark in landmarks]
    _write(path, ("landmark_id", "category"), rows)


def _write_solution(path: Path, plan: Plan) -> None:
    """Write the queries: Public or Private by id for a landmark in the index, else Ignored."""
    answers: dict[int, list[str]] = {}
    for image in _of(plan, "index"):
        answers.setdefault(image.label, []).append(image.id)
    rows: list[tuple[str, str, str]] = []
    queries = _of(plan, "test")
    for query in queries:
        if query.label in answers:
            usage = "Public" if int(query.id[-1], 16) % 3 == 0 else "Private"
            rows.append((query.id, " ".join(answers[query.label]), usage))
        else:
            rows.append((query.id, "None", "Ignored"))
    _write(path, ("id", "images", "Usage"), rows)
    _write(path.parent / "test.csv", ("id",), [(query.id,) for query in queries])


def _write_countries(folder: Path, plan: Plan) -> None:
    codes = [country.code for country in COUNTRIES] + ["OTHER"]
    folder.mkdir(parents=True, exist_ok=True)
    _write_json(folder / "country_codes.json", codes)
    counts = np.bincount([i.label for i in plan.photographs], minlength=len(plan.buildings))
    for code in codes:
        landmarks = [
            {"id": landmark.number, "name": landmark.name, "count": int(counts[landmark.number])}
            for landmark in plan.buildings
            if landmark.country == code
        ]
        _write_json(folder / f"{code}.json", landmarks)
    header = (
        "Continent_Name",
        "Continent_Code",
        "Country_Name",
        "Two_Letter_Country_Code",
        "Three_Letter_Country_Code",
        "Country_Number",
    )
    rows = [_continent(country) for country in (TURKEY_IN_EUROPE, *COUNTRIES)]
    _write(folder / "continent_codes.csv", header, rows)


def _continent(country: Country) -> tuple[str, str, str, str, str, int]:
    return (
        country.continent,
        country.continent_code,
        country.name,
        country.code,
        country.three_letters,
        country.number,
    )


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str | int]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")
