"""gld-lists google: lists from the official metadata, compared with the reference recipe's."""

import re
import shutil
from pathlib import Path

import polars as pl
import pytest
from gld_lists.gldv2.google import LIST_NAMES, TABLE_NAMES, google_lists
from gld_lists.gldv2.landmark_labels import readable_name
from gld_shared.tables import read_landmarks, read_list, read_truth
from gld_shared.testing import run

GOLDEN = Path(__file__).parents[1] / "fixtures" / "golden"


def expected(name: str) -> pl.DataFrame:
    rows = pl.read_csv(GOLDEN / "lists" / f"{name}.tsv", separator="\t")
    return rows.select(
        pl.col("path"),
        pl.col("global_id").replace(-1, None).alias("label"),
        (1 - pl.col("camid")).cast(pl.Int8).alias("clean"),
        pl.col("trackid").cast(pl.String).replace("null", "").alias("continent"),
    )


@pytest.mark.parametrize(
    ("name", "reference"),
    [("clean", "clean"), ("c2x", "c2f"), ("full", "full"), ("index-train", "index_train")],
)
def test_a_list_equals_the_recipe(tree, name, reference):
    rows = google_lists(tree)[name]
    assert rows.select("path", "label", "clean").equals(
        expected(reference).select("path", "label", "clean")
    )


def test_all_equals_the_recipe_with_continents(tree):
    rows = google_lists(tree)["all"].select("path", "label", "clean", "continent")
    want = expected("all")
    # A query's landmarks are in ascending order; the recipe has the order of a set.
    assert rows.equals(
        want.with_row_index().sort(pl.col("index").min().over("path"), "label").drop("index")
    )


def test_landmarks_equal_the_recipe(tree):
    rows = google_lists(tree)["landmarks"]
    want = pl.read_csv(GOLDEN / "lists" / "landmarks.tsv", separator="\t").sort("global_id")
    assert rows["label"].to_list() == want["global_id"].to_list()
    assert rows["landmark"].to_list() == want["category"].to_list()
    assert rows["country"].to_list() == want["country"].to_list()
    clean = want["clean_gid"].is_not_null()
    assert ((rows["clean_images"] > 0) == clean).all()
    assert rows["images"].sum() == 264


def test_every_landmark_has_a_country_and_a_continent_in_every_list(tree):
    tables = google_lists(tree)
    for name in LIST_NAMES:
        rows = tables[name]
        known = rows["label"].is_not_null()
        assert ((rows["country"] != "") == known).all(), name
        assert ((rows["continent"] != "") == known).all(), name
    russian = tables["full"].filter(pl.col("country") == "RU")
    assert set(russian["continent"]) == {"Asia"}, "the last of two rows wins"


def test_landmarks_that_train_lacks_have_no_label_outside_all(tree):
    tables = google_lists(tree)
    lacking = pl.col("landmark").str.starts_with("Index_only_")
    for name, rows in (("index", 28), ("queries", 4), ("index-train", 0), ("all", 0)):
        found = tables[name].filter(lacking)
        assert (found.height, found["label"].null_count()) == (rows, rows), name


def test_categories_may_start_with_https(tree):
    before = google_lists(tree)
    path = tree / "train" / "train_label_to_category.csv"
    path.write_text(path.read_text().replace("http://", "https://"))
    assert all(rows.equals(before[name]) for name, rows in google_lists(tree).items())


def test_an_address_may_hold_a_comma(tree):
    before = google_lists(tree)
    path = tree / "train" / "train.csv"
    text = path.read_text()
    address = text.splitlines()[1].split(",")[1]
    path.write_text(text.replace(address, f'"{address},_again"'))
    assert google_lists(tree)["full"].equals(before["full"])


ONE = "c7f1536f12435c66"


@pytest.mark.parametrize(
    ("ids", "rename"),
    [("[0-9a-f]{16}", "photo_{}".format), ("[0-9a-f]{16}", str.upper), (ONE, "{}0".format)],
)
def test_ids_need_not_be_16_hexadecimal_digits(tree, ids, rename):
    before = google_lists(tree)
    for path in tree.rglob("*.csv"):
        path.write_text(re.sub(rf"\b{ids}\b", lambda found: rename(found[0]), path.read_text()))
    after = google_lists(tree)
    for name in LIST_NAMES:
        renamed = [
            re.sub(f"^{ids}$", lambda found: rename(found[0]), image)
            for image in before[name]["id"]
        ]
        assert after[name]["id"].to_list() == renamed
        assert after[name].drop("id", "path").equals(before[name].drop("id", "path"))


def test_queries_index_and_truth(tree):
    tables = google_lists(tree)
    queries, truth = tables["queries"], tables["truth"]
    assert queries["id"].n_unique() == 25
    assert tables["index"].height == 125
    ignored = truth.filter(pl.col("usage") == "ignored")
    assert (ignored["index_id"] == "").all()
    assert truth.filter(pl.col("query_id") == "66bb13b1a9700831").rows() == [
        ("66bb13b1a9700831", "39e61bbc72e09548", "public"),
        ("66bb13b1a9700831", "84f6d8817b1e4113", "public"),
        ("66bb13b1a9700831", "7d267572f8ada14c", "public"),
    ]
    of_ignored = queries.join(ignored, left_on="id", right_on="query_id", how="semi")
    assert of_ignored["label"].is_null().all()
    assert of_ignored.height == ignored.height


def test_the_command_writes_tables_that_the_tools_read(tree, tmp_path):
    target = tmp_path / "lists"
    result = run(["gld-lists", "google", tree, "-o", target])
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{target}\n", "")
    assert sorted(path.stem for path in target.iterdir()) == sorted(TABLE_NAMES)
    clean = read_list(target / "clean.tsv")
    assert clean.rows.row(0) == (
        "0209dcdc1dd03a66",
        "train/0/2/0/0209dcdc1dd03a66.jpg",
        0,
        "Marb%C3%A4cks_kyrka,_Sm%C3%A5land",
        1,
        "US",
        "North America",
    )
    (step,) = clean.history
    assert step["arguments"] == ["google", str(tree)]
    assert [Path(file["path"]).name for file in step["inputs"]][-2:] == [
        "retrieval_solution_v2.1.csv",
        "country_info",
    ]
    assert read_truth(target / "truth.tsv").rows.height == 82
    names = read_landmarks(target / "landmarks.tsv").rows["name"]
    assert names[0] == "Marbäcks kyrka, Småland"


def test_running_again_gives_the_same_bytes(tree, tmp_path):
    target = tmp_path / "lists"
    run(["gld-lists", "google", tree, "-o", target])
    first = {path.name: path.read_bytes() for path in target.iterdir()}
    assert run(["gld-lists", "google", tree, "-o", target]).exit_code == 0
    assert {path.name: path.read_bytes() for path in target.iterdir()} == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lists", "raw"]


def test_without_optional_files_there_are_fewer_lists(tree, tmp_path):
    shutil.rmtree(tree / "country_info")
    shutil.rmtree(tree / "index")
    result = run(["gld-lists", "google", tree, "-o", tmp_path / "lists"])
    assert result.exit_code == 0
    assert result.stderr == (
        f"gld-lists: {tree}/country_info: missing, so the lists have no country and continent\n"
        f"gld-lists: {tree}/index/index_image_to_landmark.csv: missing, "
        "so no lists index, index-train and all\n"
        "gld-lists: no index, so the queries have no labels\n"
    )
    assert sorted(path.stem for path in (tmp_path / "lists").iterdir()) == [
        *("c2x", "clean", "full", "landmarks", "queries", "truth")
    ]
    assert "country" not in read_list(tmp_path / "lists" / "clean.tsv").rows.columns


def test_without_a_solution_there_are_no_queries(tree, caplog):
    shutil.rmtree(tree / "test")
    assert set(google_lists(tree)) == {*TABLE_NAMES} - {"queries", "truth", "all"}
    assert caplog.messages == [
        f"{tree}/test/retrieval_solution_v2.1.csv: missing, so no queries, truth and all"
    ]


def test_a_name_with_quotes_and_commas_is_one_cell(tree):
    for path in (
        tree / "train" / "train_label_to_category.csv",
        tree / "index" / "index_label_to_category.csv",
    ):
        path.write_text(path.read_text().replace("A,B,C", 'A,""B"",C'))
    country = tree / "country_info" / "EG.json"
    country.write_text(country.read_text().replace("A,B,C", r"A,\"B\",C"))
    tables = google_lists(tree)
    named = tables["index-train"].filter(pl.col("landmark") == 'A,"B",C')
    assert {path.partition("/")[0] for path in named["path"]} == {"train", "index"}


def test_namibia_is_a_country(tree):
    codes = tree / "country_info" / "country_codes.json"
    codes.write_text(codes.read_text().replace('"ZA"', '"NA"'))
    (tree / "country_info" / "ZA.json").rename(tree / "country_info" / "NA.json")
    landmarks = google_lists(tree)["landmarks"]
    assert set(landmarks.filter(pl.col("country") == "NA")["continent"]) == {"Africa"}


@pytest.mark.parametrize(
    ("landmark", "name"),
    [
        ("Ch%C3%A2teau_de_Chenonceau", "Château de Chenonceau"),
        ("Castle_%22Foo%22,_Bar", 'Castle "Foo", Bar'),
        ("A%09B_", "A B"),
    ],
)
def test_readable_names(landmark, name):
    assert readable_name(landmark) == name


def test_a_folder_with_other_files_is_not_replaced(tree, tmp_path):
    target = tmp_path / "lists"
    target.mkdir()
    (target / "thesis.txt").write_text("mine")
    result = run(["gld-lists", "google", tree, "-o", target])
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: {target}: holds thesis.txt, which this command did not write and would delete; "
        "name another folder\n"
    )
    assert (target / "thesis.txt").read_text() == "mine"
