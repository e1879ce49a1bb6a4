"""Weights of timm's hub without a network: one answer, soon, and the cache if it has them."""

import logging
import socket

import pytest
import timm
import torch
from gld_shared.errors import DataError
from gld_shared.networks.weights import hub
from huggingface_hub import constants
from safetensors.torch import save_file

NAME = "test_resnet"
REMEDY = "; without a network, use packaged:efficientnet_lite0, or name a local file"


@pytest.fixture
def silent(monkeypatch, tmp_path):
    """The address of a hub that accepts connections and says nothing; its cache is empty."""
    monkeypatch.setattr(hub, "_SECONDS", 1.0)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setattr(constants, "ENDPOINT", address)
        yield address


def refused(name=NAME):
    with pytest.raises(DataError) as caught:
        hub.hub_state(name)
    return str(caught.value)


def test_a_silent_hub(silent):
    assert refused() == (
        f"timm:{NAME}: no weights: {silent} does not answer within 1 seconds{REMEDY}"
    )
    assert not constants.HF_HUB_OFFLINE


def test_a_hub_that_is_not_there(silent, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
        monkeypatch.setattr(constants, "ENDPOINT", nobody)
        assert refused() == (
            f"timm:{NAME}: no weights: {nobody} does not answer ([Errno 111] Connection refused)"
            f"{REMEDY}"
        )


def test_weights_in_the_cache_need_no_hub(silent, tmp_path):
    model = timm.create_model(NAME)
    repository = timm.get_pretrained_cfg(NAME).hf_hub_id
    folder = tmp_path / f"models--{repository.replace('/', '--')}"
    for part in ("refs", "snapshots/abc"):
        (folder / part).mkdir(parents=True)
    (folder / "refs" / "main").write_text("abc")
    save_file(model.state_dict(), folder / "snapshots" / "abc" / "model.safetensors")
    state = hub.hub_state(NAME)
    assert torch.equal(state["conv1.0.weight"], model.state_dict()["conv1.0.weight"])


def test_an_unknown_model():
    assert refused("no_such") == "timm:no_such: timm knows no such model"


def test_logs_of_network_libraries_are_silent(capfd):
    from gld_shared.command.verbosity import set_up_log

    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        set_up_log("gld-embed", 0)
        logging.getLogger("huggingface_hub.utils._http").warning("again")
        logging.getLogger("google.auth.compute_engine").error("again")
        logging.getLogger("gld_shared.x").warning("once")
        assert capfd.readouterr().err == "gld-embed: once\n"
    finally:
        root.handlers[:], root.level = before
