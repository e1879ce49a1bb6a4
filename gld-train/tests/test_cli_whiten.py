"""gld-train whiten: a store and its checkpoint in, a checkpoint for gld-embed out."""

import numpy as np
import polars as pl
import pytest
import torch
from gld_shared.checkpoint import load_checkpoint, save_checkpoint
from gld_shared.networks import load_model
from gld_shared.store import open_store, write_store
from gld_shared.tables import LIST, read_list, write_table
from gld_shared.testing import refused, small_image, small_list, succeeded
from gld_shared.verification import verify

IDS = [f"x{number}" for number in range(12)]
NETWORK = "random:test_resnet"


def embed(checkpoint, output, size=()):
    more = ["--images", ".", "--dtype", "float32", "--precision", "fp32", "-j", "0", *size]
    succeeded(["gld-embed", "list.tsv", "-c", checkpoint, "-o", output, *more])
    store = open_store(output)
    return store.read(slice(0, store.n))


@pytest.fixture(autouse=True)
def photographs(tmp_path, monkeypatch):
    """Twelve pictures, two of each landmark, and their store from an untrained network."""
    monkeypatch.chdir(tmp_path)
    for number, image in enumerate(IDS):
        small_image(tmp_path / f"{image}.jpg", number)
    small_list(tmp_path / "list.tsv", IDS)
    embed(NETWORK, "plain.zarr", ["--size", "32"])


@pytest.mark.parametrize("options", [[], ["--labels", "list.tsv"]])
def test_embedding_again_equals_whitening_the_stored_vectors(options):
    result = succeeded(["gld-train", "whiten", "plain.zarr", "-o", "w.safetensors", "--dim", "5",
                   *options])  # fmt: skip
    assert (result.stdout, result.stderr) == ("w.safetensors\n", "")
    store = open_store("plain.zarr")
    plain = store.read(slice(0, store.n)).astype(np.float64)
    plain /= np.linalg.norm(plain, axis=1, keepdims=True)
    tensors = load_checkpoint("w.safetensors").tensors
    weight, bias = (tensors[f"neck.whiten.{name}"].numpy() for name in ("weight", "bias"))
    expected = plain @ weight.T + bias
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    # The size is that of the store, not the network's own.
    np.testing.assert_allclose(embed("w.safetensors", "w.zarr"), expected, atol=1e-5)
    assert open_store("w.zarr").attributes["image"] == store.attributes["image"]


def test_only_the_neck_of_the_checkpoint_changes():
    succeeded(["gld-train", "whiten", "plain.zarr", "-o", "w.safetensors", "--labels", "list.tsv",
          "--dim", "3", "--shrinkage", "0.5"])  # fmt: skip
    old, new = load_model(NETWORK), load_checkpoint("w.safetensors")
    tensors = old.network.state_dict()
    assert sorted(new.tensors) == sorted([*tensors, "neck.whiten.bias", "neck.whiten.weight"])
    assert all((new.tensors[name] == tensor).all() for name, tensor in tensors.items())
    assert new.config["model"] == {**old.config["model"], "whiten": 3}
    assert new.config["whitening"] == {"method": "lda", "shrinkage": 0.5}
    assert load_model("w.safetensors").network.dimension == 3
    embedded, step = new.history
    assert (embedded["tool"], step["tool"]) == ("gld-embed", "gld-train")
    assert step["arguments"] == ["whiten", "plain.zarr", "--labels", "list.tsv", "--dim", "3",
                                 "--shrinkage", "0.5"]  # fmt: skip
    assert [source["path"] for source in step["inputs"]] == ["plain.zarr", NETWORK, "list.tsv"]
    assert verify(new.history) == []


def test_the_same_store_makes_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        succeeded(["gld-train", "whiten", "plain.zarr", "-o", name])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_pipe_from_gld_embed():
    result = succeeded(["gld-train", "whiten", "-o", "w.safetensors"], stdin="plain.zarr\n")
    assert result.stdout == "w.safetensors\n"
    assert refused(["gld-train", "whiten", "-o", "w"], stdin="plain.zarr\nplain.zarr\n") == (
        "Error: standard input: 2 stores; expected one: each network of an ensemble has a "
        "whitening of its own\n"
    )


def test_a_trained_checkpoint_that_was_moved(tmp_path):
    model = load_model(NETWORK)
    tensors, metrics = model.network.state_dict(), {"map@100": 0.5}
    save_checkpoint("m.safetensors", tensors, model.config, 7, metrics, [])
    embed("m.safetensors", "m.zarr", ["--size", "32"])
    (tmp_path / "m.safetensors").rename("moved.safetensors")
    command = ["gld-train", "whiten", "m.zarr", "-o", "w.safetensors"]
    assert refused(command) == (
        "Error: m.safetensors: not found; expected a checkpoint made by gld-train; "
        "-c says where the checkpoint of m.zarr is now\n"
    )
    succeeded([*command, "-c", "moved.safetensors"])
    found = load_checkpoint("w.safetensors")
    assert (found.step, found.metrics) == (7, {}), "the metrics were the old network's"


def test_plain_weights():
    """The store says which backbone they are for, and the checkpoint needs no --backbone."""
    torch.save(load_model("random:test_resnet").network.backbone.state_dict(), "w.pth")
    embed("w.pth", "p.zarr", ["--size", "32", "--backbone", "test_resnet"])
    succeeded(["gld-train", "whiten", "p.zarr", "--dim", "3", "-o", "w.safetensors"])
    assert load_checkpoint("w.safetensors").config["model"]["backbone"] == "test_resnet"
    embed("w.safetensors", "w.zarr")


def test_a_checkpoint_that_is_whitened_already():
    succeeded(["gld-train", "whiten", "plain.zarr", "-o", "w.safetensors", "--dim", "4"])
    embed("w.safetensors", "w.zarr")
    assert refused(["gld-train", "whiten", "w.zarr", "-o", "twice.safetensors"]) == (
        "Error: w.safetensors: is whitened already; whiten the checkpoint that it was made "
        "from, with a store made by that\n"
    )


def test_another_checkpoint():
    theirs = load_model("random:resnet18").sha256
    ours = load_model(NETWORK).sha256
    command = ["gld-train", "whiten", "plain.zarr", "-o", "w.safetensors", "-c", "random:resnet18"]
    assert refused(command) == (
        f"Error: random:resnet18: sha256 is {theirs[:12]}, but plain.zarr was made with "
        f"{ours[:12]} ({NETWORK}); name that checkpoint by -c, or make the store again\n"
    )


def test_a_store_that_names_no_checkpoint():
    write_store("foreign.zarr", ["a", "b"], np.eye(2))
    assert refused(["gld-train", "whiten", "foreign.zarr", "-o", "w.safetensors"]) == (
        "Error: foreign.zarr: names no checkpoint; make the store with gld-embed\n"
    )


def with_labels(labels):
    rows = read_list("list.tsv").rows.with_columns(label=pl.Series(labels, dtype=pl.Int64))
    write_table("labels.tsv", LIST, rows, {})
    return ["gld-train", "whiten", "plain.zarr", "--labels", "labels.tsv", "-o", "w.safetensors"]


def test_images_without_a_label_are_counted(tmp_path):
    command = with_labels([0, 0, 1, 1, 1, *[None] * 7])
    assert succeeded(command).stderr == (
        "gld-train: labels.tsv: has no label for 7 of the 12 images of plain.zarr, "
        "which are skipped\n"
    )
    rows = read_list("labels.tsv").rows
    # An image with two labels in the list counts once, with the first label.
    rows = pl.concat([rows[:5], rows[:1].with_columns(label=pl.lit(1, pl.Int64))])
    write_table("labels.tsv", LIST, rows, {})
    before = load_checkpoint("w.safetensors").tensors
    assert "has no label for 7 of the 12 images" in succeeded(command).stderr
    after = load_checkpoint("w.safetensors").tensors
    assert all((after[name] == before[name]).all() for name in before)


def test_more_dimensions_than_the_images_span(tmp_path):
    command = ["gld-train", "whiten", "plain.zarr", "-o", "w.safetensors"]
    assert succeeded([*command, "--dim", "12"]).stderr == (
        "gld-train: plain.zarr: 12 images span at most 11 dimensions; "
        f"which others are kept of {open_store('plain.zarr').dimension} is chance\n"
    )
    assert succeeded([*command, "--dim", "11"]).stderr == ""
    assert succeeded(command).stderr == "", "all are kept"


def test_unusable_labels_are_refused():
    assert refused(with_labels([None] * 12)) == (
        "Error: labels.tsv: has a label for none of the 12 images of plain.zarr; "
        "give the list that the store was made from\n"
    )
    assert refused(with_labels(range(12))) == (
        "Error: plain.zarr: none of the 12 labels has two images; "
        "LDA whitening is learned from the differences within a label\n"
    )
    command = with_labels(range(12))
    write_table("labels.tsv", LIST, read_list("labels.tsv").rows.drop("label"), {})
    assert refused(command) == (
        "Error: labels.tsv: no column label; expected a list of labelled images\n"
    )


def test_after_a_failure_there_is_no_file_under_the_final_name(tmp_path):
    refused(["gld-train", "whiten", "plain.zarr", "--shrinkage", "0", "-o", "w.safetensors"])
    assert not list(tmp_path.glob("*w.safetensors*"))
    missing = refused(["gld-train", "whiten", "plain.zarr", "-o", "none/w.safetensors"])
    reason = "there is no folder none; make it"
    assert missing == f"Error: none/w.safetensors: cannot be written: {reason}\n"
