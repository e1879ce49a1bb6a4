"""What submission.mk makes, from nothing and from files that are put in place."""

import os
import shutil
from pathlib import Path

from .rules import NETWORKS, dry_run, made_by, make_all, official


def test_the_stages_are_trained_in_the_published_order(tmp_path):
    made = made_by(dry_run(tmp_path, official(tmp_path)))
    trained = [Path(name).stem for name in made if name.startswith("runs/")]
    assert trained == [
        *("SER101ibn_384", "SER101ibn_384_finetune", "SER101ibn_512_finetune", "SER101ibn_512_all"),
        *("RXt101ibn_384", "RXt101ibn_384_finetune", "RXt101ibn_512_finetune", "RXt101ibn_512_all"),
        *("ResNeSt101_384", "ResNeSt101_384_finetune"),
        *("ResNeSt101_512_finetune", "ResNeSt101_512_all"),
        *("ResNeSt269_448", "ResNeSt269_448_finetune"),
        *("ResNeSt269_512_finetune", "ResNeSt269_512_all"),
    ]


def test_the_fast_recipe_is_one_network_without_rerank(tmp_path):
    commands = dry_run(tmp_path, [*official(tmp_path), "RECIPE=fast"])
    assert made_by(commands) == [
        "kaggle-lists/test.tsv",
        "kaggle-lists/index.tsv",
        "lists",
        "runs/R50_256.safetensors",
        "R50_256/queries.zarr",
        "kaggle-lists/expanded.tsv",
        "R50_256/expanded.zarr",
        "fast/expanded.search.neighbours.tsv",
        "fast/expanded.search.scores.tsv",
        "fast/expanded.search.recipe.scores.tsv",
        "fast/table.txt",
        "fast/report.html",
        "R50_256/index.zarr",
        "fast/index.search.neighbours.tsv",
        "fast/submission.csv",
    ]
    assert "gld-train --config" in commands and "--gpus 8" in commands


def test_what_is_deleted_is_made_again(tmp_path):
    folder = tmp_path, official(tmp_path)
    make_all(*folder)
    (tmp_path / "work/full/index.search.neighbours.tsv").unlink()
    assert made_by(dry_run(*folder)) == [
        "full/index.search.neighbours.tsv",
        "full/index.landmark.neighbours.tsv",
        "full/submission.csv",
    ]


def test_weights_and_checkpoints_may_be_deleted_when_all_is_made(tmp_path):
    folder = tmp_path, official(tmp_path)
    make_all(*folder)
    for name in ("weights", "runs"):
        shutil.rmtree(tmp_path / "work" / name)
    assert made_by(dry_run(*folder)) == []


def test_checkpoints_that_are_put_in_place_are_inputs(tmp_path):
    arguments = official(tmp_path)
    placed = tmp_path / "work/runs"
    placed.mkdir()
    for network in NETWORKS:
        (placed / f"{network}.safetensors").touch()
        os.utime(placed / f"{network}.safetensors", (0, 0))
    made = made_by(dry_run(tmp_path, arguments))
    assert not [name for name in made if name.startswith("runs/")]
    assert f"{NETWORKS[0]}/queries.zarr" in made


def test_stores_that_are_put_in_place_are_inputs(tmp_path):
    arguments = official(tmp_path)
    for network in NETWORKS:
        for name in ("queries", "index", "expanded", "index-train"):
            (tmp_path / "work" / network / f"{name}.zarr").mkdir(parents=True)
    made = made_by(dry_run(tmp_path, arguments))
    assert not [name for name in made if name.endswith((".safetensors", "queries.zarr"))]
    assert f"{NETWORKS[0]}/graph.zarr" in made
