"""From vectors to the submission's text, as the recipe's code wrote it."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from gld_shared.store import write_store
from gld_shared.tables import LIST, read_neighbours, write_table
from gld_shared.testing import run

RECIPE = Path(__file__).parents[1] / "fixtures" / "recipe"
VALUES = np.load(RECIPE / "landmark.npz")
SUBMISSIONS = np.load(RECIPE / "landmark_submissions.npz")
WEIGHTS = [("1.0", "1.0"), ("1.0", "0.5")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Stores of two networks A and B, and the list of the references."""
    folder = tmp_path_factory.mktemp("recipe")
    for model in "AB":
        for part in ("probe", "index", "ref"):
            ids = SUBMISSIONS[f"{part}_names"].astype(str).tolist()
            attributes = {"checkpoint": {"path": model, "sha256": model}, "history": []}
            vectors = VALUES[f"{model}_{part}"]
            write_store(folder / f"{model}_{part}.zarr", ids, vectors, attributes, dtype="float32")
    labels = VALUES["ref_gid"].astype(np.int64)
    ids = SUBMISSIONS["ref_names"].astype(str)
    rows = pl.DataFrame(
        {
            "id": ids,
            "path": [f"{name}.jpg" for name in ids],
            "label": labels,
            "country": [f"country {VALUES['country_of'][label]}" for label in labels],
        }
    )
    write_table(folder / "refs.tsv", LIST, rows, {"history": []})
    return folder


def ranked(folder, models, weights, merge, *options, k=100):
    """Search, rerank unless ``merge`` is None, and return the table."""
    stores = [part for m in models for part in ("--index", folder / f"{m}_index.zarr")]
    queries = [folder / f"{model}_probe.zarr" for model in models]
    weigh = [part for weight in weights for part in ("--weight", weight)]
    text = run(["gld-search", *queries, *stores, *weigh, "-k", k]).stdout
    if merge is not None:
        reference = [part for m in models for part in ("--reference", folder / f"{m}_ref.zarr")]
        labels = ["--labels", folder / "refs.tsv", "--merge", merge]
        command = ["gld-rerank", "landmark", *reference, *labels, *options, "-k", k]
        reranked = run(command, text)
        assert reranked.exit_code == 0, reranked.stderr
        text = reranked.stdout
    return text


def chain(*arguments):
    """Return the submission of what ``ranked`` returns."""
    submission = run(["gld-lists", "submission"], ranked(*arguments))
    assert submission.exit_code == 0, submission.stderr
    return submission.stdout.split("\n")


def recipe(name):
    return SUBMISSIONS[f"f32_{name}_csv"].item().decode().split("\n")


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("merge", [None, "before", "after"])
def test_submissions_of_two_networks_equal_the_recipe(folder, weights, merge):
    flag = "off" if merge is None else f"{merge}_merge"
    found = chain(folder, "AB", weights, merge)
    assert found == recipe(f"{flag}_AB_w{'_'.join(weights)}")


@pytest.mark.parametrize(
    ("models", "weights", "merge"),
    [
        *[("AB", weights, merge) for weights in WEIGHTS for merge in (None, "before", "after")],
        ("A", ("1.0",), "before"),
    ],
)
def test_all_scores_behind_the_submissions_equal_the_recipe(
    folder, tmp_path, models, weights, merge
):
    table = tmp_path / "n.tsv"
    table.write_text(ranked(folder, models, weights, merge, k=257))
    flag = "off" if merge is None else f"{merge}_merge"
    expected = SUBMISSIONS[f"f32_{flag}_{models}_w{'_'.join(weights)}_merged"]
    rows = read_neighbours(table).rows
    assert len(rows) == expected.size
    places = [
        [list(SUBMISSIONS[f"{side}_names"].astype(str)).index(name) for name in rows[column]]
        for side, column in (("probe", "query_id"), ("index", "index_id"))
    ]
    np.testing.assert_allclose(rows["score"], expected[tuple(places)], atol=1e-5)


def test_the_submission_of_one_network_equals_the_recipe(folder):
    assert chain(folder, "A", ["1.0"], "before") == recipe("before_merge_A_w1.0")


@pytest.mark.parametrize("form", ["tsv", "zarr"])
def test_tags_and_graphs_change_no_byte(folder, form):
    given = []
    for model in "AB":
        for option, images, *how in (
            ("--tags", "index", "--keep-self", "-k", "1"),
            ("--query-tags", "probe", "--keep-self", "-k", "30"),
            ("--graph", "ref", "-k", "30"),
        ):
            store, ref = (folder / f"{model}_{part}.zarr" for part in (images, "ref"))
            output = folder / f"{model}_{images}_{form}.{form}"
            assert run(["gld-search", store, "--index", ref, *how, "-o", output]).exit_code == 0
            given += [option, output]
    found = chain(folder, "AB", ["1.0", "0.5"], "before", *given)
    assert found == recipe("before_merge_AB_w1.0_0.5")
