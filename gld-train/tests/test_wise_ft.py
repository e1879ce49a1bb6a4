"""WiSE-FT: checkpoints between the first weights and the tuned ones."""

import pytest
import torch
from gld_shared.checkpoint import load_checkpoint
from gld_shared.errors import DataError
from gld_shared.networks import build
from gld_shared.testing import run
from gld_train.config import read_config
from gld_train.optim.wise_ft import FirstWeights
from gld_train.run_folder.folder import RunFolder
from safetensors.torch import load_file, save_file
from torch import nn

NETWORK = {"backbone": "test_resnet", "dim": 8}


def filled(module, value):
    """Set all weights and statistics of a module to one value, and its batch counts to 7."""
    for tensor in module.state_dict().values():
        tensor.fill_(value if tensor.is_floating_point() else 7)
    return module


def test_weights_and_statistics_of_the_backbone_are_mixed_and_nothing_else():
    backbone = filled(nn.Sequential(nn.Linear(1, 1), nn.BatchNorm1d(1)), 2.0)
    first = FirstWeights(backbone, 0.25)
    tuned = {
        f"backbone.{name}": value for name, value in filled(backbone, 6.0).state_dict().items()
    }
    mixed = first.mixed_with({**tuned, "neck.linear.weight": torch.tensor(6.0)})
    assert {name: value.item() for name, value in mixed.items()} == {
        "backbone.0.weight": 3.0,
        "backbone.0.bias": 3.0,
        "backbone.1.weight": 3.0,
        "backbone.1.bias": 3.0,
        "backbone.1.running_mean": 3.0,
        "backbone.1.running_var": 3.0,
        "backbone.1.num_batches_tracked": 7,
        "neck.linear.weight": 6.0,
    }


@pytest.fixture
def pretrained(tmp_path, job):
    """Return the command line of a run that starts from saved weights, and these weights."""
    torch.manual_seed(1)
    weights = build(NETWORK).backbone.state_dict()
    save_file(weights, tmp_path / "pretrained.safetensors")
    return [*job, "--set", f"model.weights={tmp_path / 'pretrained.safetensors'}"], weights


def trained(command, output, *settings):
    options = [part for setting in settings for part in ("--set", setting)]
    result = run([*command, *options, "-o", output, "-v"])
    assert result.exit_code == 0, result.stderr
    return result


@pytest.mark.parametrize("share", [0.0, 0.25])
def test_a_checkpoint_holds_a_share_of_the_tuned_backbone(pretrained, tmp_path, share):
    command, first = pretrained
    trained(command, tmp_path / "tuned.safetensors")
    trained(command, tmp_path / "mixed.safetensors", f"checkpoint.tuned_share={share}")
    tuned, mixed = (load_file(tmp_path / f"{name}.safetensors") for name in ("tuned", "mixed"))
    expected = {
        name: first[name.removeprefix("backbone.")].lerp(value, share)
        if name.startswith("backbone.") and value.is_floating_point()
        else value
        for name, value in tuned.items()
    }
    torch.testing.assert_close(mixed, expected, rtol=0, atol=0)
    assert any((mixed[name] != tuned[name]).any() for name in tuned)
    recorded = load_checkpoint(tmp_path / "mixed.safetensors").config
    assert recorded["checkpoint"]["tuned_share"] == share
    assert recorded["model"]["weights"] == str(tmp_path / "pretrained.safetensors")


def test_a_resumed_run_mixes_with_the_same_first_weights(pretrained, tmp_path, monkeypatch):
    monkeypatch.setattr(RunFolder, "clear_states", lambda folder: None)
    command, output = pretrained[0], tmp_path / "m.safetensors"
    trained(command, output, "checkpoint.tuned_share=0.5", "checkpoint.every=4")
    uninterrupted = output.read_bytes()
    output.unlink()
    result = trained([*command, "--resume"], output,
                     "checkpoint.tuned_share=0.5", "checkpoint.every=4")  # fmt: skip
    assert "resumes after step 8" in result.stderr
    assert output.read_bytes() == uninterrupted


def scores(result):
    lines = result.stderr.splitlines()
    return {line.rpartition("map@100 ")[2] for line in lines if "map@100" in line}


def test_the_mixed_weights_are_validated_and_the_tuned_ones_are_trained(pretrained, tmp_path):
    lists = [f"validation.{part}={tmp_path / 'list.tsv'}" for part in ("queries", "index")]
    settings = ["validation.every=1", *lists, "model.neck=none"]
    tuned = trained(pretrained[0], tmp_path / "tuned.safetensors", *settings)
    first = trained(
        pretrained[0], tmp_path / "first.safetensors", *settings, "checkpoint.tuned_share=0"
    )
    assert len(scores(tuned)) > 1
    assert len(scores(first)) == 1, "the first weights have the same score after each epoch"
    logs = [(tmp_path / f"{name}.run" / "log.tsv").read_text() for name in ("tuned", "first")]
    losses = [[row.split("\t")[2] for row in log.splitlines()] for log in logs]
    assert losses[0] == losses[1]


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (
            ["checkpoint.tuned_share=1.5"],
            "checkpoint.tuned_share: 1.5, expected a share, of the tuned weights, 0 to 1",
        ),
        (
            ["checkpoint.tuned_share=0.5", "model.weights=random"],
            "checkpoint.tuned_share: 0.5, expected 1, because model.weights is 'random'; "
            "name trained weights to mix the tuned ones with",
        ),
    ],
)
def test_shares_that_mean_nothing_are_refused(tmp_path, settings, problem):
    (tmp_path / "run.toml").write_text("")
    with pytest.raises(DataError) as caught:
        read_config(tmp_path / "run.toml", settings)
    assert str(caught.value) == f"{tmp_path / 'run.toml'}: {problem}"
