import pytest
import torch
from gld_shared import checkpoint
from gld_shared.checkpoint import is_checkpoint, load_checkpoint, save_checkpoint
from gld_shared.errors import DataError
from gld_shared.provenance import step
from safetensors.torch import save_file

STEP = step("gld-train", "1", ["list.tsv"], [])


def test_a_checkpoint_is_read_back(tmp_path):
    path = tmp_path / "m.safetensors"
    tensors = {"neck.weight": torch.ones(2, 3, dtype=torch.bfloat16), "n": torch.tensor(4)}
    save_checkpoint(path, tensors, {"model": {"dim": 2}}, 7, {"map@100": 0.5}, [STEP])
    found = load_checkpoint(path)
    assert found.tensors["neck.weight"].dtype == torch.float32
    assert found.tensors["n"].item() == 4
    assert (found.config, found.step) == ({"model": {"dim": 2}}, 7)
    assert (found.metrics, found.history) == ({"map@100": 0.5}, [STEP])


def test_the_same_network_makes_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        save_checkpoint(tmp_path / name, {"x": torch.arange(3.0)}, {}, 0, {}, [])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_checkpoint_cut_short_is_named(tmp_path):
    path = tmp_path / "m.safetensors"
    save_checkpoint(path, {"x": torch.arange(300.0)}, {}, 0, {}, [])
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(DataError, match=f"^{path}: not a whole safetensors file: "):
        load_checkpoint(path)


def test_a_checkpoint_with_a_zeroed_page_is_named(tmp_path):
    path = tmp_path / "m.safetensors"
    save_checkpoint(path, {"x": torch.arange(3000.0)}, {}, 0, {}, [])
    path.write_bytes(path.read_bytes()[:-4096] + bytes(4096))
    with pytest.raises(DataError) as caught:
        load_checkpoint(path)
    assert str(caught.value) == (
        f"{path}: does not match its checksum; the file is damaged, copy or make it again"
    )


def test_a_checkpoint_of_an_older_release_has_no_checksum(tmp_path):
    path = tmp_path / "m.safetensors"
    texts = {"config": "{}", "step": "0", "metrics": "{}", "history": "[]"}
    save_file({"x": torch.ones(1)}, path, {"format": "gld-checkpoint/1", **texts})
    assert load_checkpoint(path).step == 0


def test_a_checkpoint_that_is_replaced_while_it_is_read(tmp_path, monkeypatch):
    path, newer = tmp_path / "m.safetensors", tmp_path / "newer"
    for file in (path, newer):
        save_checkpoint(file, {"x": torch.ones(1)}, {}, 0, {}, [])
    check = checkpoint.check_checksum
    monkeypatch.setattr(
        checkpoint, "check_checksum", lambda file: (newer.replace(file), check(file))
    )
    with pytest.raises(DataError) as caught:
        load_checkpoint(path)
    assert str(caught.value) == (
        f"{path}: was replaced while it was read; run the same command again"
    )


def test_plain_weights_are_no_checkpoint(tmp_path):
    path = tmp_path / "w.safetensors"
    save_file({"x": torch.ones(1)}, path)
    with pytest.raises(DataError) as caught:
        load_checkpoint(path)
    assert str(caught.value) == (
        f"{path}: format is None, expected 'gld-checkpoint/1'; "
        "plain weights are given to gld-embed with --backbone, or to gld-train as model.weights"
    )


def test_a_checkpoint_is_known_by_its_content(tmp_path):
    path = tmp_path / "m.pth"
    save_checkpoint(path, {"x": torch.ones(1)}, {}, 0, {}, [])
    assert is_checkpoint(path)
    save_file({"x": torch.ones(1)}, tmp_path / "w.safetensors")
    torch.save({"x": torch.ones(1)}, tmp_path / "w.pth")
    path.write_bytes(path.read_bytes()[:-1])
    assert not any(map(is_checkpoint, [path, tmp_path / "w.safetensors", tmp_path / "w.pth"]))
