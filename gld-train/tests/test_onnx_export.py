"""The network as ONNX: its inputs and outputs, and the cases in which it is not written."""

import json

import numpy as np
import onnxruntime
import pytest
import torch
from gld_shared.checkpoint import save_checkpoint
from gld_shared.errors import DataError
from gld_shared.images.preprocess import load, normalise
from gld_shared.networks import build, load_model
from gld_shared.sha256 import sha256
from gld_shared.testing import run, small_image
from gld_train import onnx_export, optional_packages
from gld_train.onnx_export import is_exported, write_onnx

IMAGE = {"size": 64, "resize": "squash", "mean": [0.4, 0.5, 0.6], "std": [0.2, 0.3, 0.25]}


def checkpoint_of(path, backbone, **model):
    torch.manual_seed(0)
    config = {"model": {"backbone": backbone, "dim": 8, **model}, "image": IMAGE}
    save_checkpoint(path, build(config["model"]).state_dict(), config, 1, {}, [])
    return path


def session(path):
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def embedded(checkpoint, pixels):
    """Embed the pixels with torch, by the settings above."""
    with torch.inference_mode():
        network = load_model(str(checkpoint)).network
        vectors = network(normalise(pixels, IMAGE["mean"], IMAGE["std"]))
    return torch.nn.functional.normalize(vectors).numpy()


def test_the_file_is_enough_by_itself(tmp_path):
    checkpoint = checkpoint_of(tmp_path / "m.safetensors", "test_resnet")
    images = [small_image(tmp_path / f"{seed}.png", seed) for seed in range(3)]
    parity = write_onnx(checkpoint, images)
    assert parity.images == 3
    assert parity.difference < 1e-5
    assert parity.cosine > 0.99999
    exported = session(tmp_path / "m.onnx")
    recorded = exported.get_modelmeta().custom_metadata_map
    assert {name: json.loads(recorded[name]) for name in ("size", "mean", "std")} == {
        name: IMAGE[name] for name in ("size", "mean", "std")
    }
    assert (recorded["resize"], recorded["colors"]) == ("squash", "RGB")
    assert recorded["checkpoint"] == sha256(checkpoint)
    (given,), (made,) = exported.get_inputs(), exported.get_outputs()
    assert (given.name, given.type) == ("pixels", "tensor(uint8)")
    assert given.shape == ["batch", 3, "height", "width"]
    assert (made.name, made.shape) == ("embeddings", ["batch", 8])
    pixels = torch.stack([load(path, 64) for path in images])
    for some in (pixels, pixels[:1], pixels[:, :, :32, :50].contiguous()):
        (vectors,) = exported.run(None, {"pixels": some.numpy()})
        np.testing.assert_allclose(vectors, embedded(checkpoint, some), atol=1e-5)
    data = (tmp_path / "m.onnx").read_bytes()
    assert b"site-packages" not in data, "no paths of this machine"


def test_unreadable_images_are_skipped(tmp_path):
    checkpoint = checkpoint_of(tmp_path / "m.safetensors", "pixels:4", pooling="avg", neck="none")
    (tmp_path / "broken.jpg").write_bytes(b"no image")
    with pytest.raises(DataError) as error:
        write_onnx(checkpoint, [tmp_path / "broken.jpg"])
    assert str(error.value) == "--onnx: no image of the list can be read to compare with torch"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backbone", "shape"),
    [
        ("recipe:resnet101_ibn_a", ["batch", 3, "height", "width"]),
        ("recipe:resnest50", ["batch", 3, "height", "width"]),
        ("test_vit", ["batch", 3, "height", "width"]),
        ("tf_efficientnet_lite0", ["batch", 3, 64, 64]),
    ],
)
def test_other_networks(tmp_path, backbone, shape):
    checkpoint = checkpoint_of(tmp_path / "m.safetensors", backbone)
    images = [small_image(tmp_path / f"{seed}.png", seed) for seed in range(2)]
    write_onnx(checkpoint, images)
    exported = session(tmp_path / "m.onnx")
    assert exported.get_inputs()[0].shape == shape
    sizes = [64, 96] if "height" in shape else [64]
    for size in sizes:
        pixels = torch.stack([load(path, size) for path in images[:1]])
        (vectors,) = exported.run(None, {"pixels": pixels.numpy()})
        np.testing.assert_allclose(vectors, embedded(checkpoint, pixels), atol=1e-4)


def test_a_run_writes_the_onnx_file_once(job, tmp_path, monkeypatch):
    output, exported = tmp_path / "m.safetensors", tmp_path / "m.onnx"
    result = run([*job, "--set", "schedule.epochs=1", "--onnx", "-o", output])
    assert (result.exit_code, result.stdout) == (0, f"{output}\n"), result.stderr
    assert f"gld-train: {exported}: differs from torch on 13 images by at most " in result.stderr
    assert is_exported(output)
    before = exported.read_bytes()
    again = [*job, "--set", "schedule.epochs=1", "--onnx", "-o", output]
    assert f"{exported}: exported before; nothing to do" in run(again).stderr
    exported.write_bytes(b"another's")
    monkeypatch.setattr(onnx_export, "_to_onnx", lambda *_: before)
    assert run(again).exit_code == 0
    assert exported.read_bytes() == before
    assert "--onnx" not in json.dumps(load_model(str(output)).history)


@pytest.mark.slow
def test_exporting_again_gives_the_same_bytes(tmp_path):
    checkpoint = checkpoint_of(tmp_path / "m.safetensors", "test_resnet")
    images = [small_image(tmp_path / "a.png")]
    write_onnx(checkpoint, images)
    before = (tmp_path / "m.onnx").read_bytes()
    (tmp_path / "m.onnx").unlink()
    write_onnx(checkpoint, images)
    assert (tmp_path / "m.onnx").read_bytes() == before


def test_an_export_that_differs_from_torch_is_not_written(tmp_path, monkeypatch):
    checkpoint = checkpoint_of(tmp_path / "m.safetensors", "test_vit")
    parity = onnx_export.Parity(1, 0.25, 0.5)
    monkeypatch.setattr(onnx_export, "_to_onnx", lambda *_: b"")
    monkeypatch.setattr(onnx_export, "compare", lambda data, deployed, pixels: parity)
    with pytest.raises(DataError) as error:
        write_onnx(checkpoint, [small_image(tmp_path / "a.png")])
    assert str(error.value) == (
        f"{tmp_path / 'm.onnx'}: not written: its embeddings differ from torch's by up to 2.5e-01 "
        f"(lowest cosine 0.500000), expected at most 1e-04; {checkpoint} is finished and sound"
    )
    assert not (tmp_path / "m.onnx").exists()


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (
            "--onnx",
            "Error: --onnx: onnx, onnxscript, onnxruntime not installed; "
            "pip install onnx onnxscript onnxruntime, or the extra gld-train[onnx]\n",
        ),
        (
            "--tensorboard",
            "Error: --tensorboard: tensorboard not installed; "
            "pip install tensorboard, or the extra gld-train[tensorboard]\n",
        ),
    ],
)
def test_a_missing_extra_is_reported_at_once(job, tmp_path, monkeypatch, option, message):
    monkeypatch.setattr(optional_packages, "find_spec", lambda name: None)
    result = run([*job, option, "-o", tmp_path / "m.safetensors"])
    assert (result.exit_code, result.stderr) == (1, message)
    assert not (tmp_path / "m.run").exists()
