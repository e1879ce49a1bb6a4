"""What is made again after one input of a finished submission has changed."""

import os
import shutil
from pathlib import Path

import pytest

from .rules import NETWORKS, RULES, dry_run, made_by, make_all, newer, official

SCORES = (
    *("full/expanded.search.scores.tsv", "full/expanded.search.recipe.scores.tsv"),
    *("full/expanded.landmark.scores.tsv", "full/expanded.landmark.recipe.scores.tsv"),
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder in which the whole recipe is done, by the times of its files."""
    folder = tmp_path_factory.mktemp("submission")
    arguments = official(folder)
    make_all(folder, arguments)
    inputs = " ".join((*arguments[:2], "SEED=0"))
    (folder / "work/begun-with").write_text(f"{inputs}\n")
    return folder, arguments


def after_a_touch(finished, name: str) -> list[str]:
    """Return what make would make again if one file of the finished folder were newer than all."""
    folder, arguments = finished
    path = folder / "work" / name
    before = path.stat().st_mtime
    try:
        newer(path)
        return made_by(dry_run(folder, arguments))
    finally:
        os.utime(path, (before, before))


def test_nothing_is_made_twice(finished):
    folder, arguments = finished
    assert dry_run(folder, arguments) == "cat full/table.txt\n"


def test_a_list_that_changes_concerns_the_networks_trained_on_it(finished):
    made = after_a_touch(finished, "lists/all.tsv")
    assert made[:1] == ["runs/SER101ibn_512_all.safetensors"]
    assert {name for name in made if name.startswith("runs/")} == {
        f"runs/{network}.safetensors" for network in NETWORKS
    }
    assert "kaggle-lists/expanded.tsv" not in made


def test_a_checkpoint_that_changes_concerns_its_network_and_the_rankings(finished):
    network = "RXt101ibn_512_all"
    assert sorted(after_a_touch(finished, f"runs/{network}.safetensors")) == sorted(
        [
            *(f"{network}/{name}.zarr" for name in ("queries", "index", "expanded", "index-train")),
            *(
                f"{network}/{name}.zarr"
                for name in ("index-tags", "expanded-tags", "query-tags", "graph")
            ),
            *rankings("index"),
            *rankings("expanded"),
            *SCORES,
            *("full/table.txt", "full/report.html", "full/submission.csv"),
        ]
    )


def rankings(index: str) -> list[str]:
    return [f"full/{index}.{ranking}.neighbours.tsv" for ranking in ("search", "landmark")]


def test_a_store_that_changes_concerns_its_tags_and_the_rankings_of_its_images(finished):
    assert after_a_touch(finished, "RXt101ibn_512_all/index.zarr") == [
        "full/index.search.neighbours.tsv",
        "RXt101ibn_512_all/index-tags.zarr",
        "full/index.landmark.neighbours.tsv",
        "full/submission.csv",
    ]


RERANKED = (
    "full/expanded.landmark.neighbours.tsv",
    "full/expanded.landmark.scores.tsv",
    "full/expanded.landmark.recipe.scores.tsv",
    "full/table.txt",
    "full/report.html",
)


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("expanded-tags", RERANKED),
        ("index-tags", ("full/index.landmark.neighbours.tsv", "full/submission.csv")),
        ("graph", (*RERANKED, "full/index.landmark.neighbours.tsv", "full/submission.csv")),
    ],
)
def test_tags_and_graphs_that_change_concern_the_rerank_alone(finished, name, made):
    assert after_a_touch(finished, f"ResNeSt269_512_all/{name}.zarr") == list(made)


def test_the_official_files_that_change_concern_all_but_the_lists_of_the_competition(finished):
    folder, arguments = finished
    everything = made_by(dry_run(folder, [*arguments, "--always-make"]))
    assert sorted(after_a_touch(finished, "../gldv2/train/train.csv")) == sorted(
        set(everything) - {"kaggle-lists/test.tsv", "kaggle-lists/index.tsv"}
    )


def test_a_configuration_that_changes_concerns_its_stage_and_what_follows(tmp_path):
    shutil.copytree(RULES.parent / "gld-train" / "configs", tmp_path / "configs")
    folder = tmp_path, [*official(tmp_path), f"CONFIGS={tmp_path}/configs"]
    make_all(*folder)
    made = after_a_touch(folder, "../configs/ResNeSt101_512_finetune.toml")
    assert [name for name in made if name.startswith("runs/")] == [
        "runs/ResNeSt101_512_finetune.safetensors",
        "runs/ResNeSt101_512_all.safetensors",
    ]
    assert {Path(name).parent.name for name in made} == {"runs", "ResNeSt101_512_all", "full"}


def test_the_index_that_changes_concerns_all_that_is_made_of_it(finished):
    expanded = ["kaggle-lists/expanded.tsv"]
    for index in ("index", "expanded"):
        expanded += [f"{network}/{index}.zarr" for network in NETWORKS]
        expanded += [f"{network}/{index}-tags.zarr" for network in NETWORKS]
        expanded += [f"full/{index}.{ranking}.neighbours.tsv" for ranking in ("search", "landmark")]
    results = ["full/table.txt", "full/report.html", "full/submission.csv"]
    assert sorted(after_a_touch(finished, "kaggle-lists/index.tsv")) == sorted(
        [*expanded, *SCORES, *results]
    )


def test_the_truth_that_changes_concerns_the_scores_alone(finished):
    assert after_a_touch(finished, "lists/truth.tsv") == [
        *SCORES,
        "full/table.txt",
        "full/report.html",
    ]
