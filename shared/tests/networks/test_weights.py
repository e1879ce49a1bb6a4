"""Loading weights from files, wrapped in any way, from timm's hub and from the package."""

import os
from pathlib import Path

import pytest
import torch
from gld_shared.checkpoint import save_checkpoint
from gld_shared.errors import DataError
from gld_shared.networks import EmbeddingNetwork, NetworkConfig, build, load_weights
from safetensors.torch import save_file


def backbone(name: str = "resnet18") -> torch.nn.Module:
    return build(NetworkConfig(name, neck="none")).backbone


def small(pooling: str = "gem") -> EmbeddingNetwork:
    return build({"backbone": "resnet18", "pooling": pooling, "dim": 8})


@pytest.mark.parametrize("wrapping", ["plain", "state_dict", "module.", "base.", "module.base."])
def test_weights_under_any_wrapper(tmp_path: Path, wrapping: str) -> None:
    source, target = backbone(), backbone()
    tensors = dict(source.state_dict()) | {"fc.weight": torch.zeros(10, 512)}
    if wrapping.endswith("."):
        tensors = {wrapping + key: value for key, value in tensors.items()}
    path = tmp_path / "weights.pth"
    torch.save({"state_dict": tensors, "epoch": 3} if wrapping == "state_dict" else tensors, path)
    report = load_weights(target, str(path))
    assert report.loaded == list(target.state_dict())
    assert (report.partial, report.missing, report.unused) == ([], [], ["fc.weight"])
    for key, value in target.state_dict().items():
        torch.testing.assert_close(value, source.state_dict()[key])


def test_safetensors_with_missing_and_unfit_tensors(tmp_path: Path) -> None:
    tensors = dict(backbone().state_dict())
    del tensors["bn1.weight"]
    tensors["conv1.weight"] = torch.zeros(64, 1, 7, 7)
    path = tmp_path / "weights.safetensors"
    save_file(tensors, path)
    report = load_weights(backbone(), str(path))
    assert report.missing == ["conv1.weight", "bn1.weight"]
    assert report.unused == ["conv1.weight"]


def test_position_embeddings_of_another_size_are_resampled(tmp_path: Path) -> None:
    target = backbone("vit_tiny_patch16_224")
    tensors = dict(target.state_dict()) | {"pos_embed": torch.rand(1, 1 + 4 * 4, 192)}
    path = tmp_path / "weights.pth"
    torch.save(tensors, path)
    report = load_weights(target, str(path))
    assert report.partial == ["pos_embed"]
    assert report.missing == report.unused == []
    torch.testing.assert_close(target.state_dict()["pos_embed"][:, 0], tensors["pos_embed"][:, 0])


def test_own_checkpoint_fills_all_and_a_backbones_file_the_backbone(tmp_path: Path) -> None:
    source = small("gem_learned")
    torch.nn.init.constant_(source.pooling.p, 4.0)
    path = tmp_path / "stage.safetensors"
    save_checkpoint(path, source.state_dict(), {"model": {}}, 1, {}, [])
    target = small("gem_learned")
    assert load_weights(target, str(path)).loaded == list(target.state_dict())
    assert target.pooling.p.item() == 4.0
    bare = tmp_path / "bare.pth"
    torch.save(source.backbone.state_dict(), bare)
    report = load_weights(small(), str(bare))
    assert report.missing == [
        "neck.linear.weight", "neck.bn.weight", "neck.bn.bias",
        "neck.bn.running_mean", "neck.bn.running_var",
    ]  # fmt: skip
    assert str(report) == (
        "120 tensors loaded, 0 partial, "
        "5 missing (neck.linear.weight, neck.bn.weight, neck.bn.bias and 2 more), 0 unused"
    )


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("ran",)


def test_refused_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"conv1.weight": Evil()}, "evil.pth")
    Path("text.pth").write_text("weights")
    Path("cut.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0{")
    torch.save([1, 2], "list.pth")
    torch.save({"other.weight": torch.zeros(3)}, "other.pth")
    expected = {
        "none.pth": "not found; expected weights as",
        "evil.pth": r"holds Python objects \(posix.mkdir\)",
        "text.pth": "a text file; expected weights",
        "cut.safetensors": "a safetensors file cut short, 9 of 24 bytes",
        "list.pth": "holds a list, expected a state dictionary",
        "other.pth": "none of its 1 tensors fits the network's",
    }
    for name, reason in expected.items():
        with pytest.raises(DataError, match=f"^{name}: {reason}"):
            load_weights(backbone(), name)
    assert not Path("ran").exists()
    with pytest.raises(DataError, match="these weights are for backbone tf_efficientnet_lite0"):
        load_weights(backbone(), "packaged:efficientnet_lite0")
    with pytest.raises(DataError, match="expected packaged:efficientnet_lite0"):
        load_weights(backbone(), "packaged:resnet50")


def test_hub_without_internet_is_a_clear_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(DataError, match=r"timm:resnet18: no weights: .*name a local file"):
        load_weights(backbone(), "timm:resnet18")
    with pytest.raises(DataError, match="timm:nothing: timm knows no such model"):
        load_weights(backbone(), "timm:nothing")
