"""Each backend against plain torch."""

import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from gld_embed.inference.encoder import Encoder
from gld_embed.inference.openvino import ConvertedBackbone
from gld_embed.inference.precision import BF16, FP32, cpu_has_bf16
from gld_embed.inference.streams import Streams
from gld_shared.errors import DataError
from gld_shared.images.settings import ImageSettings
from gld_shared.networks import load_model
from torch import nn
from torch._dynamo.utils import counters

PRECISIONS = [FP32, pytest.param(BF16, marks=pytest.mark.skipif(not cpu_has_bf16(), reason="CPU"))]

LEAST = {FP32: 1 - 1e-5, BF16: 0.99}


def noise(n: int, height: int = 64, width: int = 64) -> torch.Tensor:
    random = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (n, 3, height, width), generator=random, dtype=torch.uint8)


@cache
def encoders(name: str, backend: str, precision: str = FP32) -> tuple[Encoder, Encoder]:
    """Return the encoders of plain torch in fp32 and of the backend."""
    network = load_model(name).network
    settings = ImageSettings(64 if "vit" not in name else 160)
    return Encoder(network, settings), Encoder(network, settings, precision, backend=backend)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_openvino_computes_the_same_as_torch(precision):
    pytest.importorskip("openvino")
    plain, converted = encoders("random:test_resnet", "openvino", precision)
    cosines = (plain(noise(4)) * converted(noise(4))).sum(axis=1)
    assert cosines.min() > LEAST[precision]


@pytest.mark.parametrize("precision", PRECISIONS)
def test_openvino_gives_the_same_bytes_in_any_batch(precision):
    pytest.importorskip("openvino")
    _, converted = encoders("random:test_resnet", "openvino", precision)
    pixels = noise(16)
    vectors = converted(pixels)
    assert np.array_equal(converted(pixels), vectors), "from run to run"
    assert np.array_equal(converted(pixels.flip(0)), vectors[::-1]), "at another place"
    assert np.array_equal(converted(pixels[:5]), vectors[:5]), "in a smaller batch"
    _, fresh = encoders.__wrapped__("random:test_resnet", "openvino", precision)
    fresh(noise(3))
    assert np.array_equal(fresh(pixels), vectors), "after another conversion"


@pytest.mark.parametrize("backend", ["torch", "openvino"])
@pytest.mark.parametrize("precision", PRECISIONS)
def test_streams_give_the_same_bytes_as_one_thread(backend, precision):
    if backend == "openvino":
        pytest.importorskip("openvino")
    network, settings = load_model("random:test_resnet").network, ImageSettings(64)
    batches = [noise(8, 64, width) for width in (64, 96, 64, 128, 96, 64) * 3]
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        alone = Encoder(network, settings, precision, backend=backend)
        expected = [alone(batch) for batch in batches]
        torch.set_num_threads(3)
        encoder = Encoder(network, settings, precision, backend=backend)
        assert encoder.streams == 3
        with closing(Streams(encoder, encoder.streams)) as streams:
            found = list(streams.map_in_order(streams, batches))
    finally:
        torch.set_num_threads(before)
    for vectors, by_one in zip(found, expected, strict=True):
        assert np.array_equal(vectors, by_one)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("Exception from core.cpp:117: Resource temporarily unavailable"),  # a thread
        Exception("Check failed: std::bad_alloc"),
    ],
)
def test_openvino_lacks_memory(monkeypatch, error):
    openvino = pytest.importorskip("openvino")

    def fail(*_, **__):
        raise error

    monkeypatch.setattr(openvino, "convert_model", fail)
    network = load_model("random:test_resnet").network
    with pytest.raises(DataError) as caught:
        Encoder(network, ImageSettings(64), backend="openvino")
    assert str(caught.value) == (
        "the memory is too small for 64 pixels; use a smaller --size, or raise its limit (ulimit "
        "-v)"
    )


def test_openvino_takes_images_of_any_shape():
    """A transformer fits its position embeddings to the shape of the image."""
    pytest.importorskip("openvino")
    plain, converted = encoders("random:test_vit", "openvino")
    for height, width in [(160, 160), (96, 192), (160, 160)]:
        pixels = noise(2, height, width)
        np.testing.assert_allclose(converted(pixels), plain(pixels), atol=1e-5)


def test_signals_are_handled_when_networks_are_gone():
    """With two Cores in a process, the stack for signals would be lost when the second ends."""
    pytest.importorskip("openvino")
    script = """
import faulthandler, gc, os, signal
from gld_embed.inference.openvino import ConvertedBackbone
from gld_embed.inference.precision import FP32
import torch

class Small(torch.nn.Module):
    num_features = 3
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Conv2d(3, 3, 3)
    def forward_features(self, images):
        return self.layer(images)

faulthandler.enable()
backbones = [ConvertedBackbone(Small().eval(), FP32) for _ in range(2)]
for backbone in backbones:
    with torch.inference_mode():
        backbone.forward_features(torch.zeros(2, 3, 8, 8))
del backbone
while backbones:
    backbones.pop(0)
    gc.collect()
signal.signal(signal.SIGTERM, lambda *_: print("handled"))
os.kill(os.getpid(), signal.SIGTERM)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "handled\n"), done.stderr


class ByShape(nn.Module):
    """A backbone that computes wide images differently from tall ones."""

    num_features = 3

    def __init__(self) -> None:
        super().__init__()
        self.wide, self.high = nn.Conv2d(3, 3, 3), nn.Conv2d(3, 3, 3)

    def forward_features(self, images: torch.Tensor) -> torch.Tensor:
        return self.wide(images) if images.shape[3] > images.shape[2] else self.high(images)


@torch.inference_mode()
def test_a_shape_for_which_a_conversion_is_wrong_is_converted_again(monkeypatch):
    pytest.importorskip("openvino")
    monkeypatch.setattr("gld_embed.inference.openvino.KEPT", 2)
    backbone = ByShape().eval()
    converted = ConvertedBackbone(backbone, FP32)
    shapes = [(8, 12), (12, 8), (13, 8), (8, 14), (14, 8), (8, 12)]
    for height, width in shapes:
        images = torch.rand(3, 3, height, width)
        torch.testing.assert_close(
            converted.forward_features(images), backbone.forward_features(images)
        )
    # The wide shapes share the first conversion; of the other conversions, the last two are kept.
    assert list(converted.conversions) == [(13, 8), (8, 14), (14, 8), (8, 12)]
    assert converted.conversions[8, 12] is converted.conversions[8, 14]


class Unknown(nn.Module):
    """A backbone with an operation that OpenVINO does not support."""

    num_features = 3

    def forward_features(self, images: torch.Tensor) -> torch.Tensor:
        return torch.linalg.svdvals(images)[..., None]


@torch.inference_mode()
def test_a_backbone_that_cannot_be_converted_is_an_error():
    pytest.importorskip("openvino")
    with pytest.raises(DataError) as caught:
        ConvertedBackbone(Unknown(), FP32).forward_features(torch.rand(2, 3, 8, 8))
    message = str(caught.value)
    # OpenVINO's own message is in between.
    assert message.startswith("--backend openvino cannot run this backbone: Check 'false' failed")
    assert message.endswith("; use --backend torch")


def test_without_the_extra_there_is_one_clear_error(monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(DataError) as caught:
        encoders("random:test_resnet", "openvino")
    expected = "--backend openvino needs OpenVINO: pip install 'gld-embed[openvino]'"
    assert str(caught.value) == expected


@pytest.mark.slow
@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", ["random:test_resnet", "random:recipe:resnest50"])
def test_compile_computes_the_same_as_torch(name, precision):
    plain, compiled = encoders(name, "compile", precision)
    made = counters["stats"]["unique_graphs"]
    vectors = compiled(noise(4))
    assert counters["stats"]["unique_graphs"] == made, "compiled before the first batch"
    assert (plain(noise(4)) * vectors).sum(axis=1).min() > LEAST[precision]
    assert np.array_equal(compiled(noise(4)), vectors), "from run to run"
    wide = noise(3, 64, 96)
    assert (plain(wide) * compiled(wide)).sum(axis=1).min() > LEAST[precision]


@pytest.mark.slow
@pytest.mark.parametrize("precision", PRECISIONS)
def test_compile_hardly_depends_on_the_number_of_threads(precision):
    before = torch.get_num_threads()
    found = []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            torch._dynamo.reset()
            _, compiled = encoders("random:test_resnet", "compile", precision)
            found.append([compiled(noise(n)) for n in (1, 8, 32)])
    finally:
        torch.set_num_threads(before)
    for by_one, by_two in zip(*found, strict=True):
        np.testing.assert_allclose(by_one, by_two, rtol=0, atol={FP32: 2e-6, BF16: 2e-3}[precision])


@pytest.mark.slow
def test_compile_takes_any_number_of_images_but_not_any_size_for_each_network():
    name, settings = "packaged:efficientnet_lite0", ImageSettings(64)
    network = load_model(name).network
    compiled = Encoder(network, settings, backend="compile")
    before = counters["stats"]["unique_graphs"]
    for n in (2, 9, 32, 20):
        compiled(noise(n))
    assert counters["stats"]["unique_graphs"] - before <= 1
    wide = replace(settings, resize="fit")
    with pytest.raises(DataError) as caught:
        Encoder(network, wide, backend="compile")
    message = str(caught.value)
    assert message.startswith("--backend compile: torch.compile fails on this backbone: ")
    assert message.endswith("; --resize squash, which is easier to compile, or use --backend torch")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "packaged:efficientnet_lite0",
        "random:recipe:resnet50",
        "random:recipe:se_resnet101_ibn_a",
        "random:recipe:resnest50",
        "random:recipe:efficientnet_b0",
        "random:convnext_atto",
    ],
)
def test_openvino_runs_every_family(name):
    pytest.importorskip("openvino")
    plain, converted = encoders(name, "openvino")
    for height, width in [(64, 64), (64, 96)]:
        pixels = noise(2, height, width)
        np.testing.assert_allclose(converted(pixels), plain(pixels), atol=1e-5)
