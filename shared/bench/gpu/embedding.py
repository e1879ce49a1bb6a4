"""Embedding photographs of 1,600 pixels in a tar on a GPU, end to end."""

import io
import os
import shutil
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path

import cv2
import numpy as np
import torch
from decoding import enlarged
from gld_embed import embed
from gld_embed.inference.backend_names import COMPILE, TORCH
from gld_embed.inference.encoder import Encoder
from gld_embed.inference.precision import BF16
from gld_shared.images.settings import FAST, GPU, ImageSettings
from gld_shared.networks import load_model
from gld_shared.tables import LIST, write_table
from measure import OURS, PLAIN, Benchmark, Seconds
from polars import DataFrame
from torch.utils.data import DataLoader, Dataset

PHOTOGRAPHS, MEMBERS, BATCH = 60, 2_048, 128
ALONE, CORES, COMPILED = "network", "decode fast", "compiled network"
GOALS = {(OURS, ALONE): 0.9, (OURS, PLAIN): 1.0}
# Network, pixels, images.
TASKS = (
    ("recipe:resnet50", 224, 24_576),
    ("recipe:se_resnet101_ibn_a", 384, 8_192),
    ("vit_base_patch14_dinov2", 518, 6_144),
)


def benchmark() -> Iterator[Benchmark]:
    """Embed with each of the networks, which have random weights."""
    archive = _archive()
    return (_benchmark(Task(archive, *task)) for task in TASKS)


def of_size(images: int, backbone: str, size: int, device: str = "cuda") -> Benchmark:
    """Embed so many images with a network at a size."""
    return _benchmark(Task(_archive(), backbone, size, images, device))


@cache
def _archive() -> Path:
    """Write photographs of 1,600 pixels to a tar."""
    archive = Path(tempfile.mkdtemp(prefix="gld-bench-")) / "images.tar"
    files = [path.read_bytes() for path in enlarged(PHOTOGRAPHS)]
    with tarfile.open(archive, "w") as tar:
        for number in range(MEMBERS):
            data = files[number % len(files)]
            member = tarfile.TarInfo(f"{number}.jpg")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return archive


@dataclass(frozen=True)
class Task:
    """Images of an archive to embed by a network at a size."""

    archive: Path
    backbone: str
    size: int
    count: int
    device: str = "cuda"

    @property
    def batch(self) -> int:
        """The images of a batch; of few images, so few that there are several batches."""
        return min(BATCH, max(self.count // 4, 1))

    @cached_property
    def encoder(self) -> Encoder:
        """The prepared network."""
        return self._encoder(TORCH)

    @cached_property
    def compiled(self) -> Encoder:
        """The compiled network."""
        return self._encoder(COMPILE)

    def _encoder(self, backend: str) -> Encoder:
        network = load_model(f"random:{self.backbone}").network
        return Encoder(network, ImageSettings(self.size), BF16, self.device, backend=backend)

    def embed(self, decode: str) -> Seconds:
        """Embed the images to a store, and return the seconds without the start."""
        names = [str(number) for number in range(self.count)]
        paths = [f"{number % MEMBERS}.jpg" for number in range(self.count)]
        table, store = self.archive.with_name("list.tsv"), self.archive.with_name("x.zarr")
        write_table(table, LIST, DataFrame({"id": names, "path": paths}), {"history": []})
        shutil.rmtree(store, ignore_errors=True)
        embed(
            table, self.archive, f"random:{self.backbone}", store,
            size=self.size, decode=decode, batch=self.batch, device=self.device,
        )  # fmt: skip
        times = (file.stat().st_mtime for file in (store / "vectors/c").glob("*/0"))
        return Seconds(steady_seconds(times))

    def network_alone(self, encoder: Callable[[], Encoder]) -> None:
        """Embed as many images of noise, which are on the GPU."""
        pixels = torch.randint(0, 256, (self.batch, 3, self.size, self.size), dtype=torch.uint8)
        pixels, prepared = pixels.to(self.device), encoder()
        for _ in range(self.count // self.batch):
            prepared(pixels)

    def embed_plainly(self) -> Seconds:
        """Embed with a plain loop, fp16 by autocast; return the seconds without its start."""
        network = load_model(f"random:{self.backbone}").network.to(self.device)
        network.to(memory_format=torch.channels_last)
        workers, done = len(os.sched_getaffinity(0)), []
        images = TarImages(self.archive, self.count, self.size)
        for pixels in DataLoader(
            images, self.batch, num_workers=workers, pin_memory=self.device == "cuda"
        ):
            images = pixels.to(self.device, non_blocking=True)
            images = images.contiguous(memory_format=torch.channels_last)
            with torch.no_grad(), torch.autocast(self.device, torch.float16):
                torch.nn.functional.normalize(network(images).float()).cpu()
            done.append(time.perf_counter())
        return Seconds(steady_seconds(done))


def steady_seconds(times: Iterable[float]) -> float:
    """Return the seconds for all parts, each done at one of ``times``, at the second half's rate.

    Images that were decoded while the network was not yet ready count for the first half. There are
    three parts or more.
    """
    done = sorted(times)
    middle = len(done) // 2
    return (done[-1] - done[middle]) / (len(done) - 1 - middle) * len(done)


class TarImages(Dataset):
    """Images of a tar, read by OpenCV: fp32 ``(3, size, size)``, normalised."""

    def __init__(self, archive: Path, count: int, size: int) -> None:
        """Read the archive's members."""
        self.archive, self.size = archive, size
        with tarfile.open(archive) as tar:
            self.places = [(member.offset_data, member.size) for member in tar]
        self.count = count

    def __len__(self) -> int:
        """Return the number of images."""
        return self.count

    def __getitem__(self, row: int) -> torch.Tensor:
        """Return an image."""
        start, length = self.places[row % MEMBERS]
        with self.archive.open("rb") as file:
            file.seek(start)
            data = file.read(length)
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        image = cv2.cvtColor(cv2.resize(image, (self.size,) * 2), cv2.COLOR_BGR2RGB)
        settings = ImageSettings(self.size)
        scaled = torch.from_numpy(image).float().div(255)
        return ((scaled - torch.tensor(settings.mean)) / torch.tensor(settings.std)).permute(
            2, 0, 1
        )


def _benchmark(task: Task) -> Benchmark:
    variants = {
        OURS: partial(task.embed, GPU if task.device == "cuda" else FAST),
        CORES: partial(task.embed, FAST),
        ALONE: partial(task.network_alone, lambda: task.encoder),
        COMPILED: partial(task.network_alone, lambda: task.compiled),
        PLAIN: task.embed_plainly,
    }
    notes = {
        OURS: "gld-embed --decode gpu, bf16: from a tar to the store",
        CORES: "the same with --decode fast: the cores decode",
        ALONE: "the same encoder on pixels in the GPU's memory",
        COMPILED: "--backend compile on pixels in the GPU's memory",
        PLAIN: "cv2, DataLoader with a worker for each core, fp16 autocast, nothing stored",
    }
    if task.backbone != TASKS[0][0]:  # compiling the others takes minutes
        del variants[COMPILED]
    return Benchmark(
        f"embed {task.backbone} {task.size}", "images", task.count, variants, notes, GOALS
    )
