"""The recipe's networks against the values that the recipe's own code computed."""

import csv
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from gld_shared.networks import EmbeddingNetwork, Report, build, load_weights
from gld_shared.networks.weights.key_names import to_timm
from torch.nn import functional

RECIPE = Path(__file__).parents[1] / "fixtures" / "recipe"
FAST = [
    "resnet50", "resnet101_ibn_a", "se_resnet101_ibn_a", "resnext101_ibn_a", "resnest50",
    "efficientnet-b0",
]  # fmt: skip
SLOW = ["resnest101", "resnest200", "resnest269", "efficientnet-b5", "efficientnet-b7"]
# The recipe's checkpoints carry the ImageNet classifier, which nothing uses, and the head.
UNUSED = {"fc.weight", "fc.bias", "_fc.weight", "_fc.bias", "classifier.weight"}


@pytest.fixture(autouse=True)
def threads_of_the_reference(request: pytest.FixtureRequest) -> Iterator[None]:
    """Use two threads for the deep networks: another order of sums changes ResNeSt-269 by 1e-3."""
    before = torch.get_num_threads()
    torch.set_num_threads(2 if request.node.get_closest_marker("slow") else 1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    "name", [*FAST, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)]
)
def test_network_equals_the_reference(tmp_path: Path, name: str) -> None:
    with np.load(RECIPE / "networks.npz") as arrays:
        expected = {key.partition("|")[2]: arrays[key] for key in arrays if key.startswith(name)}
    tensors = filled_by_name(name)
    network, report = from_checkpoint(name, tensors, tmp_path)

    assert report.loaded == list(network.state_dict())
    assert report.missing == report.partial == []
    assert set(report.unused) <= UNUSED
    unused = sum(tensors[key].numel() for key in tensors if key.removeprefix("base.") in UNUSED)
    assert sum(value.numel() for value in network.parameters()) + unused == expected["n_params"]

    images = torch.from_numpy(np.random.RandomState(0).randn(2, 3, 96, 96)).float()
    with torch.inference_mode():
        features = network.backbone.forward_features(images)
        pooled = network.pooling(features.flatten(2))
        wide = network(functional.interpolate(images, (64, 128), mode="nearest"))
        found = {
            "base_ch8": features[:, :8],
            "base_mean_std": torch.stack([features.mean(), features.std()]),
            "gem": pooled,
            "feat": network.neck(pooled),
            "feat_64x128": wide,
        }
    assert list(features.shape) == expected["base_shape"].tolist()
    assert {key: relative(value, expected[key]) for key, value in found.items()} == {
        key: pytest.approx(0, abs=1e-4) for key in found
    }


def test_training_step_equals_the_reference(tmp_path: Path) -> None:
    """ArcFace is computed here in its plainest form: arccos, plus the margin, cos."""
    with np.load(RECIPE / "networks.npz") as arrays:
        prefix = "resnet50|train_"
        expected = {key.removeprefix(prefix): arrays[key] for key in arrays if prefix in key}
    tensors = filled_by_name("resnet50")
    network, _ = from_checkpoint("resnet50", tensors, tmp_path)
    classes = tensors["classifier.weight"].requires_grad_()
    images = torch.from_numpy(np.random.RandomState(1).randn(4, 3, 64, 64)).float()
    labels = torch.tensor([0, 3, 3, 10])

    embeddings = network.train()(images)
    cosines = functional.normalize(embeddings) @ functional.normalize(classes).T
    wider = torch.cos(torch.acos(cosines) + 0.3)
    logits = 30 * torch.where(functional.one_hot(labels, 11) == 1, wider, cosines)
    loss = functional.cross_entropy(logits, labels)
    loss.backward()

    assert relative(embeddings, expected["feat"]) < 1e-4
    assert relative(logits, expected["logits"]) < 1e-4
    assert relative(loss, expected["loss"]) < 1e-4
    assert relative(network.neck.linear.weight.grad[:8], expected["grad_fcneck"]) < 1e-4
    assert relative(classes.grad, expected["grad_classifier"]) < 1e-4


def test_imagenet_keys_are_loaded_as_by_the_reference() -> None:
    """The recipe lost the squeeze-and-excitation weights by mistake."""
    checks = json.loads((RECIPE / "imagenet_keys.json").read_text())
    wanted = build({"backbone": "recipe:resnet50"}).backbone.state_dict()
    for key, allowed in checks["R50 remapped keys"].items():
        both = {"layer2.0.downsample.0.weight": torch.zeros(1), key: torch.zeros(1)}
        both["layer3.0.downsample.0.weight"] = torch.zeros(1)
        assert set(to_timm(both, wanted)) & set(allowed)
    lost = checks["se_resnet101_ibn_a keys NOT loaded by load_param"]["se_fc"]
    with torch.device("meta"):
        network = build({"backbone": "recipe:se_resnet101_ibn_a"})
    assert sum(".se.fc" in key for key in network.state_dict()) == lost


def filled_by_name(name: str) -> dict[str, torch.Tensor]:
    """Return the recipe's state of a network, each tensor random with a seed from its key."""
    with (RECIPE / "shapes" / f"{name}.tsv").open() as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    shapes = {row["key"]: tuple(int(n) for n in row["shape"].split(",") if n) for row in rows}
    return {key: torch.from_numpy(draw(key, shape)) for key, shape in shapes.items()}


def draw(key: str, shape: tuple[int, ...]) -> np.ndarray:
    random = np.random.RandomState(zlib.crc32(key.encode()))
    if key.endswith("num_batches_tracked"):
        return np.zeros(shape, np.int64)
    if len(shape) > 1:
        values = random.randn(*shape) * np.sqrt(2 / np.prod(shape[1:]))
    elif key.endswith(("running_mean", "bias")):
        values = 0.1 * random.randn(*shape)
    elif key.endswith("bn3.weight") or ("_blocks" in key and key.endswith("_bn2.weight")):
        values = random.uniform(0.1, 0.3, shape)
    else:
        values = random.uniform(0.5, 1.5, shape)
    return values.astype(np.float32)


def from_checkpoint(
    name: str, tensors: dict[str, torch.Tensor], folder: Path
) -> tuple[EmbeddingNetwork, Report]:
    """Build a network and fill it from a file like those that the recipe saves."""
    network = build({"backbone": f"recipe:{name.replace('-', '_')}"}).eval()
    path = folder / "recipe.pth"
    torch.save({f"module.{key}": value for key, value in tensors.items()}, path)
    report = load_weights(network, str(path))
    path.unlink()  # up to half a gigabyte
    return network, report


def relative(found: torch.Tensor, expected: np.ndarray) -> float:
    """Return the largest difference, divided by the largest value."""
    difference = np.abs(found.detach().numpy() - expected).max()
    return float(difference / np.abs(expected).max())
