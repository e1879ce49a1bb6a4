"""Whole runs of a very small network: interrupted, resumed, finished and changed."""

import signal
import subprocess
import time
from importlib import import_module

import polars as pl
import pytest
import torch
from gld_shared.checkpoint import load_checkpoint
from gld_shared.errors import DataError
from gld_shared.networks import build, load_model
from gld_shared.tables import LIST, read_list, write_table
from gld_shared.testing import program, run, succeeded
from gld_train import train
from gld_train.learner import Learner


def curve(folder):
    return [line.rsplit("\t", 1)[0] for line in (folder / "log.tsv").read_text().splitlines()]


def test_a_run_makes_a_checkpoint_that_needs_nothing_else(job, tmp_path):
    result = succeeded([*job, "-o", tmp_path / "m.safetensors", "-v"])
    assert result.stdout == f"{tmp_path / 'm.safetensors'}\n"
    assert "step 9/9 loss" in result.stderr
    checkpoint = load_checkpoint(tmp_path / "m.safetensors")
    assert checkpoint.step == 9  # 13 labelled images, batches of 4, the last single one left out
    assert {name.partition(".")[0] for name in checkpoint.tensors} == {"backbone", "neck"}
    assert checkpoint.config["image"]["size"] == 32
    build(checkpoint.config["model"]).load_state_dict(checkpoint.tensors)
    network = load_model(str(tmp_path / "m.safetensors")).network
    assert network(torch.zeros(1, 3, 32, 32)).shape == (1, 8)
    assert not list((tmp_path / "m.run").glob("*.pt"))
    assert len(curve(tmp_path / "m.run")) == 10


def test_out_of_memory_names_the_remedy(job, tmp_path, monkeypatch):
    def step(*arguments: object) -> None:
        torch.empty(1 << 60, dtype=torch.uint8)

    monkeypatch.setattr(Learner, "step", step)
    result = run([*job, "--set", "data.accumulate=2", "-o", tmp_path / "m.safetensors"])
    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        "Error: the device's memory is too small for batches of 4 images of 32 x 32 pixels with "
        "data.accumulate = 2; raise data.accumulate, which computes a batch in as many parts, or "
        "use a smaller data.batch_size or image.size\n",
    )


def test_any_number_of_workers_gives_the_same_bytes(job, tmp_path):
    augmented = ["--set", "augment.randaugment=0.5", "--set", "augment.augmix=0.5"]
    succeeded([*job, *augmented, "-o", tmp_path / "a.safetensors"])
    succeeded([*job, *augmented, "-o", tmp_path / "b.safetensors", "-j", "2"])
    a, b = ((tmp_path / f"{name}.safetensors").read_bytes() for name in "ab")
    assert a == b


def test_a_killed_and_repeated_run_equals_an_uninterrupted_one(job, tmp_path):
    whole, killed = tmp_path / "whole.safetensors", tmp_path / "killed.safetensors"
    succeeded([*job, "-o", whole])
    arguments = [program("gld-train"), *map(str, job[1:]), "-o", str(killed), "-j", "0"]
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    log = tmp_path / "killed.run" / "log.tsv"
    deadline = time.monotonic() + 120
    while not (log.exists() and log.read_text().count("\n") > 4) and time.monotonic() < deadline:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    succeeded([*job, "-o", killed, "--resume"])
    assert curve(tmp_path / "killed.run") == curve(tmp_path / "whole.run")
    assert killed.read_bytes() == whole.read_bytes()


def test_a_run_that_is_interrupted_at_the_end_of_an_epoch_keeps_the_epoch(
    job, tmp_path, monkeypatch
):
    def stop(*arguments):
        raise DataError("stopped")

    kept = ["--set", "checkpoint.every_epochs=1", "--set", "checkpoint.every=3"]
    command = [*job, *kept, "-o", tmp_path / "m.safetensors"]
    with monkeypatch.context() as patch:
        # Imported by name: the package's attribute ``train`` is the function, not the module.
        patch.setattr(import_module("gld_train.train").Steps, "_save_state", stop)
        assert run(command).stderr == "Error: stopped\n"
    # The state is saved last: whatever it is resumed from has the checkpoints before it.
    assert (tmp_path / "m.run" / "epoch-001.safetensors").exists()
    succeeded(command)


def test_validation_and_class_means(job, tmp_path):
    lists = [f"validation.{part}={tmp_path / 'list.tsv'}" for part in ("queries", "index")]
    options = ["--set", "validation.every=1", "--set", "head.init=class_means"]
    for setting in lists:
        options += ["--set", setting]
    result = succeeded([*job, *options, "-v", "-o", tmp_path / "m.safetensors"])
    assert result.stderr.count("map@100") == 3
    assert 0 < load_checkpoint(tmp_path / "m.safetensors").metrics["map@100"] <= 1


def test_validation_names_an_image_without_a_vector(job, tmp_path, monkeypatch):
    embed = Learner.embed

    def without_the_third(self, batches):
        vectors = embed(self, batches).clone()
        vectors[2] = torch.nan
        return vectors

    monkeypatch.setattr(Learner, "embed", without_the_third)
    lists = [f"validation.{part}={tmp_path / 'list.tsv'}" for part in ("queries", "index")]
    options = [*("--set", "validation.every=1"), *("--set", lists[0]), *("--set", lists[1])]
    result = run([*job, *options, "-o", tmp_path / "m.safetensors"])
    third = read_list(tmp_path / "list.tsv").rows["id"].unique(maintain_order=True)[2]
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {tmp_path / 'list.tsv'}: id {third!r}: the network gave a vector that is zero or "
        "not finite; training has diverged, so lower optim.lr\n"
    )


def test_the_next_stage_starts_from_a_checkpoint_and_its_head(job, tmp_path):
    succeeded([*job, "-o", tmp_path / "one.safetensors"])
    options = ["--set", f"model.weights={tmp_path / 'one.safetensors'}",
               "--set", f"head.init={tmp_path / 'one.run' / 'head.safetensors'}"]  # fmt: skip
    result = succeeded([*job, *options, "-v", "-o", tmp_path / "two.safetensors"])
    assert "3 of 3 classes taken over" in result.stderr
    assert len(load_checkpoint(tmp_path / "two.safetensors").history) == 2


def with_landmarks(tmp_path, names):
    path, table = tmp_path / "list.tsv", read_list(tmp_path / "list.tsv")
    landmarks = pl.col("label").replace_strict(dict(enumerate(names)), default=None)
    write_table(path, LIST, table.rows.with_columns(landmark=landmarks), {})


def test_the_next_stage_refuses_labels_of_other_landmarks(job, tmp_path):
    with_landmarks(tmp_path, ["Petra", "Ani", "Uluru"])
    succeeded([*job, "-o", tmp_path / "one.safetensors"])
    with_landmarks(tmp_path, ["Petra", "Uluru", "Ani"])
    head = tmp_path / "one.run" / "head.safetensors"
    result = run([*job, "--set", f"head.init={head}", "-o", tmp_path / "two.safetensors"])
    assert result.exit_code == 1
    assert f"{head}: label 1 is landmark Ani there and Uluru in the list" in result.stderr


@pytest.mark.parametrize(
    "settings",
    [
        ["head.kind=linear", "head.negatives=0.5"],
        ["head.subcenters=2", "head.init=class_means", "margin_by_size.enabled=true"],
        ["head.kind=circle", "head.class_weights=log", "triplet.weight=1"],
        ["data.sampler=image_uniform", "data.batch_size=2"],
        ["data.sampler=id_uniform", "data.batch_size=2", "data.instances=2"],
    ],
)
def test_a_run_with_other_heads_losses_and_samplers(job, tmp_path, settings):
    options = [part for setting in settings for part in ("--set", setting)]
    succeeded([*job, *options, "-o", tmp_path / "m.safetensors"])
    assert load_checkpoint(tmp_path / "m.safetensors").step == len(curve(tmp_path / "m.run")) - 1


def test_the_continent_sampler_names_the_columns_that_the_list_lacks(job, tmp_path):
    result = run([*job, "--set", "data.sampler=continent", "-o", tmp_path / "m.safetensors"])
    assert result.exit_code == 1
    assert f"{tmp_path / 'list.tsv'}: no column continent and clean" in result.stderr


EXPLODED = (
    "Error: {}: the loss is nan; lower optim.lr, lengthen schedule.warmup, or set optim.precision "
    "to 'float32'\n"
)


@pytest.mark.parametrize(
    ("settings", "when"),
    [
        (["schedule.epochs=1", "data.batch_size=13"], "after step 1"),
        (["schedule.epochs=2", "data.batch_size=13"], "step 2"),
        (["schedule.epochs=2", "data.batch_size=13", "checkpoint.every_epochs=1"], "after step 1"),
    ],
)
def test_exploded_weights_make_no_checkpoint(job, tmp_path, settings, when):
    settings = [*settings, "optim.lr=1e10", "schedule.warmup=0"]
    options = [part for setting in settings for part in ("--set", setting)]
    result = run([*job, *options, "-o", tmp_path / "m.safetensors"])
    assert (result.exit_code, result.stderr) == (1, EXPLODED.format(when))
    assert not list(tmp_path.glob("**/*.safetensors"))


@pytest.mark.parametrize("workers", ["0", "2"])
def test_an_unreadable_image_is_named_without_a_traceback(job, tmp_path, workers):
    (tmp_path / "3.png").write_bytes(b"no image")
    result = run([*job, "-o", tmp_path / "m.safetensors", "-j", workers])
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {tmp_path / '3.png'}: ")
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "m.safetensors").exists()


def test_unreadable_images_are_replaced_up_to_a_limit(job, tmp_path):
    (tmp_path / "3.png").write_bytes(b"no image")
    (tmp_path / "5.png").unlink()
    allow = ["--set", "head.init=class_means", "--set", "data.max_unreadable=2"]
    for name, workers in (("a", "0"), ("b", "2")):
        succeeded([*job, *allow, "-o", tmp_path / f"{name}.safetensors", "-j", workers])
    table = (tmp_path / "a.run" / "unreadable.tsv").read_text()
    assert [line.split("\t")[0] for line in table.splitlines()] == ["path", "3.png", "5.png"]
    assert (tmp_path / "b.run" / "unreadable.tsv").read_text() == table
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    result = run([*job, "--set", "data.max_unreadable=1", "-o", tmp_path / "c.safetensors"])
    assert result.exit_code == 1
    assert "2 unreadable images, more than data.max_unreadable = 1" in result.stderr


def test_resume_without_a_state_is_an_error(job, tmp_path):
    result = run([*job, "-o", tmp_path / "m.safetensors", "--resume"])
    assert result.exit_code == 1
    assert "no state to resume from" in result.stderr


def test_print_config_needs_neither_images_nor_output(job):
    printed = succeeded(["gld-train", *job[2:4], "--print-config", "--set", "optim.lr=0.5"]).stdout
    assert "lr = 0.5" in printed


@pytest.mark.parametrize("seed", [-1, 9223372036854775808])
def test_a_seed_that_generators_do_not_take(job, tmp_path, seed):
    output = tmp_path / "m.safetensors"
    result = run([*job, "--seed", str(seed), "-o", output])
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (
        2,
        f"Error: Invalid value for '--seed': {seed} is not in the range 0<=x<=9223372036854775807.",
    )
    with pytest.raises(DataError) as caught:
        train(job[1], job[3], job[5], output, device="cpu", seed=seed)
    assert str(caught.value) == f"seed: {seed}, expected 0 to 9,223,372,036,854,775,807"


def test_missing_output_is_a_usage_error(job):
    assert run(job).exit_code == 2


def test_a_list_from_standard_input(job, tmp_path):
    arguments = ["gld-train", *job[2:], "-o", tmp_path / "m.safetensors"]
    result = run(arguments, (tmp_path / "list.tsv").read_bytes())
    assert result.exit_code == 0, result.stderr
