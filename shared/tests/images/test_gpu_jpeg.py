"""Batches of JPEGs for a GPU: which files are left to the CPU. torchvision's CPU stands in."""

import io

import numpy as np
import pytest
import torch
from gld_shared.images import gpu_jpeg
from gld_shared.images.decode import decode_image
from gld_shared.images.gpu_jpeg import decode_on_gpu
from PIL import Image
from torchvision.io import ImageReadMode, decode_jpeg

CPU = torch.device("cpu")


def picture(mode="RGB", **options):
    """A JPEG of 64 x 48 pixels."""
    ramp = np.linspace(0, 255, 64 * 48 * 3).reshape(48, 64, 3).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(ramp).convert(mode).save(file, "JPEG", quality=95, **options)
    return file.getvalue()


def turned(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return picture(exif=exif)


pytestmark = [
    pytest.mark.filterwarnings("ignore:The image decoding:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The given buffer is not writable:UserWarning"),
]


@pytest.fixture(autouse=True)
def without_a_gpu(monkeypatch):
    """Decode by torchvision on the CPU, and record the number of files in each batch."""
    batches = []

    def by_torchvision(encoded, device):
        batches.append(len(encoded))
        return [decode_jpeg(file, mode=ImageReadMode.RGB) for file in encoded]

    monkeypatch.setattr(gpu_jpeg, "_nvjpeg", by_torchvision)
    return batches


def test_one_batch_upright(without_a_gpu):
    files = [picture(), picture("L"), turned(6), picture(progressive=True)]
    images = list(decode_on_gpu(files, CPU))
    assert [tuple(image.shape) for image in images] == [
        (3, 48, 64), (3, 48, 64), (3, 64, 48), (3, 48, 64)
    ]  # fmt: skip
    for image, file in zip(images, files, strict=True):
        assert (image.float() - decode_image(file).float()).abs().max() <= 2
    assert without_a_gpu == [4]


def test_large_images_in_several_groups(without_a_gpu, monkeypatch):
    monkeypatch.setattr(gpu_jpeg, "_PIXELS_TOGETHER", 2 * 64 * 48)
    files = [picture("CMYK"), picture(), turned(6), picture("L"), b"", picture(), picture()]
    images = list(decode_on_gpu(files, CPU))
    assert [image is None for image in images] == [True, False, False, False, True, False, False]
    assert without_a_gpu == [2, 2, 1]


def damaged(data, run):
    middle = len(data) - 200
    return data[:middle] + run + data[middle + len(run) :]


@pytest.mark.parametrize(
    "file",
    [
        picture("CMYK"),
        b"",
        b"no image",
        picture()[:-2],
        picture()[:-300],
        damaged(picture(), bytes(100)),
        damaged(picture(), b"\xff" * 100),
    ],
    ids=["cmyk", "empty", "text", "no end", "cut", "zeros", "ones"],
)
def test_other_and_suspicious_files_are_left_to_the_cpu(file, without_a_gpu):
    images = list(decode_on_gpu([picture(), file], CPU))
    assert images[0] is not None
    assert images[1] is None
    assert without_a_gpu == [1]


def test_all_are_left_to_the_cpu_where_nvjpeg_refuses_one(monkeypatch):
    def refusing(encoded, device):
        raise RuntimeError("Error while decoding JPEG images: Failed to decode batch: 3")

    monkeypatch.setattr(gpu_jpeg, "_nvjpeg", refusing)
    assert list(decode_on_gpu([picture(), picture()], CPU)) == [None, None]


def test_stored_as_rgb(without_a_gpu):
    # nvJPEG takes any three components for YCbCr.
    assert list(decode_on_gpu([picture(keep_rgb=True)], CPU)) == [None]
    assert without_a_gpu == []


def test_beyond_the_limits(monkeypatch):
    monkeypatch.setattr("gld_shared.images.header.MAX_PIXELS", 1000)
    assert list(decode_on_gpu([picture()], CPU)) == [None]


@pytest.mark.gpu
def test_nvjpeg_decodes_as_the_cpu_does(monkeypatch):
    monkeypatch.undo()
    files = [picture(), picture("L"), turned(6), picture(subsampling=0)]
    for image, file in zip(decode_on_gpu(files, torch.device("cuda")), files, strict=True):
        assert image.is_cuda
        assert (image.cpu().float() - decode_image(file).float()).abs().mean() < 2
