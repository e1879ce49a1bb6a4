"""Decoding on a GPU: the same images and errors as on the CPU. torchvision's CPU stands in."""

import polars as pl
import pytest
import torch
from gld_embed.images.decoder import Decoder, Image
from gld_embed.images.gpu_decoder import GpuDecoder
from gld_embed.job import Job
from gld_embed.timing import EmbeddingTimes
from gld_shared.images import gpu_jpeg
from gld_shared.images.settings import EXACT, GPU, ImageSettings
from gld_shared.images.sources import open_source
from gld_shared.testing import run
from gld_shared.testing.small_inputs import small_image
from gld_shared.work.units import Unit
from torchvision.io import ImageReadMode, decode_jpeg

pytestmark = [
    pytest.mark.filterwarnings("ignore:The image decoding:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The given buffer is not writable:UserWarning"),
]
SIZES = [(90, 60), (200, 200), (60, 90)]


@pytest.fixture
def job(tmp_path, monkeypatch):
    """40 images: JPEGs of three shapes, a PNG, one cut short, one missing."""
    monkeypatch.setattr(
        gpu_jpeg,
        "_nvjpeg",
        lambda encoded, device: [decode_jpeg(file, mode=ImageReadMode.RGB) for file in encoded],
    )
    names = [f"{number}.jpg" for number in range(40)]
    for number, name in enumerate(names):
        small_image(tmp_path / name, number, SIZES[number % 3])
    small_image(tmp_path / "7.png", 7, SIZES[1])
    (tmp_path / "7.png").rename(tmp_path / "7.jpg")
    (tmp_path / "11.jpg").write_bytes((tmp_path / "11.jpg").read_bytes()[:200])
    (tmp_path / "12.jpg").unlink()
    rows = pl.DataFrame({"id": names, "path": names})

    def job_with(decode, workers):
        settings = ImageSettings(32, decode=decode)
        return Job(rows, str(tmp_path), tmp_path / "x.zarr", settings, workers=workers)

    return job_with


def decoded(decoder):
    images = list(decoder.images([Unit(0, range(24)), Unit(1, range(24, 40))]))
    decoder.close()
    return images


@pytest.mark.parametrize("workers", [0, 3])
def test_the_same_images_and_errors_as_on_the_cpu(job, tmp_path, workers):
    source = open_source(str(tmp_path), tmp_path / "work")
    expected = decoded(Decoder(job(EXACT, 1), source, EmbeddingTimes(1)))
    found = decoded(GpuDecoder(job(GPU, workers), source, EmbeddingTimes(1), torch.device("cpu")))
    assert len(found) == 40
    for ours, theirs in zip(found, expected, strict=True):
        assert (ours.unit.number, ours.row) == (theirs.unit.number, theirs.row)
        if isinstance(theirs, Image):
            assert (ours.pixels.float() - theirs.pixels.float()).abs().max() <= 2
        else:
            assert str(ours.error) == str(theirs.error)
    assert [image.row for image in found if not isinstance(image, Image)] == [11, 12]


def test_without_a_gpu(tmp_path):
    (tmp_path / "list.tsv").write_text("id\tpath\na\ta.jpg\n")
    command = ["gld-embed", tmp_path / "list.tsv", "-c", "pixels:8", "--images", tmp_path]
    options = ["--device", "cpu", "--decode", "gpu", "-o", tmp_path / "x.zarr"]
    result = run([*command, *options])
    assert (result.exit_code, result.stderr) == (
        1, "Error: --decode gpu needs a CUDA device; --decode exact decodes alike on the CPU\n"
    )  # fmt: skip
    assert not (tmp_path / "x.zarr").exists()


@pytest.mark.gpu
def test_a_store_from_a_gpu_is_close_to_the_cpus(tmp_path):
    import numpy as np
    from gld_shared.store import open_store

    names = [f"{number}.jpg" for number in range(300)]
    for number, name in enumerate(names):
        # Large enough that the resize evens out the decoders' different chroma.
        small_image(tmp_path / name, number, tuple(8 * side for side in SIZES[number % 3]))
    (tmp_path / "list.tsv").write_text(
        "id\tpath\n" + "".join(f"{name}\t{name}\n" for name in names)
    )
    stores = {}
    for decode in ("exact", "gpu"):
        stores[decode] = tmp_path / f"{decode}.zarr"
        command = ["gld-embed", tmp_path / "list.tsv", "-c", "packaged:efficientnet_lite0"]
        options = ["--images", tmp_path, "--size", "64", "--dtype", "float32", "--device", "cuda"]
        result = run([*command, *options, "--decode", decode, "-o", stores[decode]])
        assert result.exit_code == 0, result.output
    first, second = (open_store(path).read(slice(0, 300)) for path in stores.values())
    assert np.einsum("ij,ij->i", first, second).min() > 0.98
