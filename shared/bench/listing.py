"""Google's metadata to lists."""

import json
import shutil
import tempfile
from pathlib import Path

import pandas as pd
from gld_shared.testing import run
from gldv2_metadata import TRAIN_IMAGES, write_metadata
from measure import LIMIT, OURS, PLAIN, Benchmark

# Removed when the process ends: it holds 6 GB at the published size.
_FOLDER = tempfile.TemporaryDirectory(prefix="gld-bench-")
LIST = ["id", "path", "label", "landmark", "clean", "country", "continent"]


def benchmark() -> Benchmark:
    """Make all lists of ``gld-lists google`` at the published size."""
    return of_size(TRAIN_IMAGES)


def of_size(images: int) -> Benchmark:
    """Make all lists of metadata with so many training images, all else in proportion."""
    folder = Path(_FOLDER.name) / str(images)
    raw = write_metadata(folder / "raw", images / TRAIN_IMAGES)
    lists = folder / "lists"
    _ours(raw, lists)
    rows = sum(path.read_bytes().count(b"\n") - 2 for path in lists.iterdir())
    return Benchmark(
        "lists",
        "rows",
        rows,
        {
            OURS: lambda: _ours(raw, lists),
            PLAIN: lambda: _plain(raw, folder / "plain"),
            LIMIT: lambda: _bytes(raw, lists, folder / "bytes"),
        },
        {
            OURS: "gld-lists google: checked, inputs hashed, tables synced to the disk",
            PLAIN: "pandas: read_csv, merge, to_csv; nothing checked, hashed or synced",
            LIMIT: "reading and writing the same bytes, not synced",
        },
    )


def _ours(raw: Path, lists: Path) -> None:
    result = run(["gld-lists", "google", raw, "-o", lists])
    assert result.exit_code == 0, result.output


def _bytes(raw: Path, lists: Path, target: Path) -> None:
    for path in raw.rglob("*.*"):
        path.read_bytes()
    target.mkdir(exist_ok=True)
    for path in lists.iterdir():
        shutil.copyfile(path, target / path.name)


def _plain(raw: Path, target: Path) -> None:
    """Make the same lists with pandas, except for the order within a query."""
    target.mkdir(exist_ok=True)
    train = pd.read_csv(raw / "train" / "train.csv", usecols=["id", "landmark_id"])
    clean = _exploded(pd.read_csv(raw / "train" / "train_clean.csv"), "id")
    landmarks = _landmarks(raw, train, clean)
    train["clean"] = train["id"].isin(clean["id"]).astype(int)
    full = _list(train.merge(landmarks, on="landmark_id", how="left"), "train")
    clean = clean[["id", "landmark_id"]].assign(clean=1)
    tables = {
        "full": full,
        "c2x": full[full["label"] < clean["landmark_id"].nunique()],
        "clean": _list(clean.merge(landmarks, on="landmark_id", how="left"), "train"),
    }
    by_name = landmarks.drop(columns="landmark_id")
    index = _named(raw, "index/index_image_to_landmark.csv", "index/index_label_to_category.csv")
    index = index.merge(by_name, on="landmark", how="left").assign(clean=1)
    tables["index"] = _list(index, "index")
    known = tables["index"][index["label"].notna()]
    tables["index-train"] = pd.concat([full, known])
    solution = pd.read_csv(raw / "test" / "retrieval_solution_v2.1.csv", keep_default_na=False)
    pairs = _exploded(solution, "index_id")
    found = pairs.merge(index.rename(columns={"id": "index_id"}), on="index_id", how="left")
    found = found.drop_duplicates(["id", "landmark"]).assign(clean=1)
    tables["queries"] = _list(found, "test")
    kept = (found["label"].notna() | (found["Usage"] == "Ignored")).to_numpy()
    tables["all"] = pd.concat([tables["index-train"], tables["queries"][kept]])
    tables["truth"] = pairs[["id", "index_id", "Usage"]]
    tables["landmarks"] = landmarks.assign(images=full.groupby("label").size())
    for name, rows in tables.items():
        rows.to_csv(target / f"{name}.tsv", sep="\t", index=False)


def _exploded(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    split = rows.assign(**{name: rows["images"].str.split(" ")})
    return split.drop(columns="images").explode(name, ignore_index=True)


def _named(raw: Path, images: str, categories: str) -> pd.DataFrame:
    return pd.read_csv(raw / images).merge(_categories(raw / categories), on="landmark_id")


def _categories(path: Path) -> pd.DataFrame:
    rows = pd.read_csv(path)
    landmark = rows["category"].str.partition("Category:")[2]
    return pd.DataFrame({"landmark_id": rows["landmark_id"], "landmark": landmark})


def _landmarks(raw: Path, train: pd.DataFrame, clean: pd.DataFrame) -> pd.DataFrame:
    ids = pd.concat([clean["landmark_id"], train["landmark_id"]]).drop_duplicates()
    labelled = pd.DataFrame({"landmark_id": ids.to_numpy(), "label": range(len(ids))})
    named = labelled.merge(_categories(raw / "train" / "train_label_to_category.csv"), how="left")
    folder = raw / "country_info"
    country = {
        entry["name"]: code
        for code in json.loads((folder / "country_codes.json").read_text())
        for entry in json.loads((folder / f"{code}.json").read_text())
    }
    named["country"] = named["landmark"].map(country)
    codes = pd.read_csv(folder / "continent_codes.csv", keep_default_na=False)
    codes = codes.drop_duplicates("Two_Letter_Country_Code", keep="last")
    continent = codes.set_index("Two_Letter_Country_Code")["Continent_Name"].to_dict()
    named["continent"] = named["country"].map(continent | {"OTHER": "OTHER", "XK": "Europe"})
    return named


def _list(rows: pd.DataFrame, folder: str) -> pd.DataFrame:
    image = rows["id"]
    parts = folder + "/" + image.str[0] + "/" + image.str[1] + "/" + image.str[2]
    return rows.assign(path=parts + "/" + image + ".jpg")[LIST]
