"""``python shared/bench/gldv2_metadata.py DIR [--scale S]``: metadata of GLDv2's size.

Every CSV and country file of Google Landmarks v2 that ``gld-lists google`` reads, at the published
counts, with names and URLs of realistic length, without images. The same seed gives the same files.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from gld_lists.downloading.continents import continent_table, country_codes

Integers = npt.NDArray[np.int64]

# Published counts, except KNOWN_INDEX_LANDMARKS (index landmarks that are in train), a guess.
CLEAN_IMAGES, CLEAN_LANDMARKS = 1_580_470, 81_313
C2X_IMAGES = 3_223_078  # all images of the clean landmarks
TRAIN_IMAGES, TRAIN_LANDMARKS = 4_132_914, 203_094
INDEX_IMAGES, INDEX_LANDMARKS, KNOWN_INDEX_LANDMARKS = 761_757, 101_302, 85_000
QUERIES, ANSWERED = 117_577, 1_129

_CATEGORY = "http://commons.wikimedia.org/wiki/Category:"
_UPLOADS = "https://upload.wikimedia.org/wikipedia/commons/"
# One name in ten has a comma, two are percent-encoded, and a few have quotation marks.
_KINDS = (
    *("Castle_of", "Cathedral_of", "Bridge_of", "Lake_near", "Ch%C3%A2teau_de", "Mus%C3%A9e_de"),
    *("Town_hall_of", "Waterfalls_in", "Old_town,", 'Hotel_"Europa"_in', "Roman_theatre_in"),
)
_PLACES = (
    *("Belem", "Vallery", "Marstein", "Kadu%C3%A9", "Ostrava_(north)", "Tirana", "Hanko"),
    *("Oshawa", "Port_Moresby", "San_Juan_de_la_Costa", "Saint_Aubin", "Wern", "Zell"),
)


def write_metadata(folder: Path, scale: float = 1.0, seed: int = 0) -> Path:
    """Write the files below ``folder``, all counts multiplied by ``scale``; returns the folder."""
    generator = np.random.default_rng(seed)
    for name in ("train", "index", "test", "country_info"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    names = _names(_scaled(TRAIN_LANDMARKS + INDEX_LANDMARKS, scale))
    train_names = names.head(_scaled(TRAIN_LANDMARKS, scale))
    _write_train(folder / "train", train_names, scale, generator)
    index = _write_index(folder / "index", names, scale, generator)
    _write_solution(folder / "test", index, scale, generator)
    _write_countries(folder / "country_info", train_names, generator)
    return folder


def _scaled(count: int, scale: float) -> int:
    return max(1, round(count * scale))


def _names(count: int) -> pl.Series:
    number = np.arange(count)
    kinds, places = pl.Series(_KINDS), pl.Series(_PLACES)
    parts = [kinds.gather(number % len(kinds)), places.gather(number // 7 % len(places))]
    return pl.select(pl.concat_str(*parts, pl.Series(number), separator="_")).to_series()


def _ids(count: int, generator: np.random.Generator) -> pl.Series:
    """Return ``count`` different ids of 16 hexadecimal digits."""
    # Two equal draws of 64 bits are next to impossible, and the reader would report them.
    text = generator.bytes(8 * count).hex()
    return pl.Series("id", [text[start : start + 16] for start in range(0, len(text), 16)])


def _sizes(images: int, landmarks: int, generator: np.random.Generator) -> Integers:
    """Draw the images of each landmark, at least 1: a few have thousands, most have a few."""
    weights = np.arange(1, landmarks + 1) ** -0.6
    extra = generator.multinomial(max(0, images - landmarks), weights / weights.sum())
    return generator.permutation(extra + 1)


def _write_train(
    folder: Path, names: pl.Series, scale: float, generator: np.random.Generator
) -> None:
    order = generator.permutation(len(names))
    clean_landmarks = _scaled(CLEAN_LANDMARKS, scale)
    in_clean, others = order[:clean_landmarks], order[clean_landmarks:]
    clean = np.repeat(in_clean, _sizes(_scaled(CLEAN_IMAGES, scale), len(in_clean), generator))
    noisy = generator.choice(clean, _scaled(C2X_IMAGES - CLEAN_IMAGES, scale))
    sizes = _sizes(_scaled(TRAIN_IMAGES - C2X_IMAGES, scale), len(others), generator)
    landmark = np.concatenate([clean, noisy, np.repeat(others, sizes)])
    ids = _ids(len(landmark), generator)
    _write_clean(folder / "train_clean.csv", ids.head(len(clean)), clean)
    rows = pl.DataFrame({"id": ids, "landmark_id": landmark})
    rows = rows[generator.permutation(rows.height)]
    address = pl.format(
        _UPLOADS + "{}/{}/A_photograph_of_the_place_taken_{}.jpg",
        pl.col("id").str.slice(0, 1),
        pl.col("id").str.slice(0, 2),
        pl.col("id"),
    )
    rows.select("id", address.alias("url"), "landmark_id").write_csv(folder / "train.csv")
    _write_categories(folder / "train_label_to_category.csv", names)


def _write_clean(path: Path, ids: pl.Series, landmark: Integers) -> None:
    images = pl.DataFrame({"landmark_id": landmark, "id": ids}).group_by(
        "landmark_id", maintain_order=True
    )
    images.agg(pl.col("id").str.join(" ").alias("images")).write_csv(path)


def _write_categories(path: Path, names: pl.Series) -> None:
    pl.DataFrame({"landmark_id": np.arange(len(names)), "category": _CATEGORY + names}).write_csv(
        path
    )


def _write_index(
    folder: Path, names: pl.Series, scale: float, generator: np.random.Generator
) -> pl.DataFrame:
    """Write the index, with most landmarks from train; return id and landmark_id of its images."""
    count, known = _scaled(INDEX_LANDMARKS, scale), _scaled(KNOWN_INDEX_LANDMARKS, scale)
    trained = _scaled(TRAIN_LANDMARKS, scale)
    # The last names belong to no train landmark.
    chosen = np.concatenate(
        [generator.permutation(trained)[:known], np.arange(trained, trained + count - known)]
    )
    _write_categories(folder / "index_label_to_category.csv", names.gather(chosen))
    landmark = np.repeat(np.arange(count), _sizes(_scaled(INDEX_IMAGES, scale), count, generator))
    rows = pl.DataFrame({"id": _ids(len(landmark), generator), "landmark_id": landmark})
    rows = rows[generator.permutation(rows.height)]
    rows.write_csv(folder / "index_image_to_landmark.csv")
    return rows


def _write_solution(
    folder: Path, index: pl.DataFrame, scale: float, generator: np.random.Generator
) -> None:
    count, answered = _scaled(QUERIES, scale), _scaled(ANSWERED, scale)
    images_of = index.group_by("landmark_id", maintain_order=True).agg(
        pl.col("id").str.join(" ").alias("images")
    )
    answers = images_of["images"].gather(generator.permutation(images_of.height)[:answered])
    none = pl.repeat("None", count - answered, eager=True)
    usage = ["Public" if number % 3 == 0 else "Private" for number in range(answered)]
    rows = pl.DataFrame(
        {
            "id": _ids(count, generator),
            "images": pl.concat([answers, none]),
            "Usage": usage + ["Ignored"] * (count - answered),
        }
    )
    rows[generator.permutation(count)].write_csv(folder / "retrieval_solution_v2.1.csv")


def _write_countries(folder: Path, names: pl.Series, generator: np.random.Generator) -> None:
    codes = list(country_codes())
    (folder / "continent_codes.csv").write_text(continent_table())
    (folder / "country_codes.json").write_text(json.dumps(codes))
    weights = np.arange(1, len(codes) + 1) ** -1.0
    country = generator.choice(len(codes), len(names), p=weights / weights.sum())
    for number, code in enumerate(codes):
        found = np.flatnonzero(country == number).tolist()
        entries = [{"id": row, "name": names[row], "count": 1} for row in found]
        (folder / f"{code}.json").write_text(json.dumps(entries))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=float, default=1.0)
    chosen = parser.parse_args()
    print(write_metadata(chosen.folder, chosen.scale))
