"""Embedding photographs of 1,600 pixels with a network of the recipe, on one core and on two.

The networks are loaded before the clock starts. The time is from the list of files to the finished
store.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

import cv2
import torch
from decoding import enlarged
from gld_embed.inference.backend_names import OPENVINO, TORCH
from gld_embed.inference.encoder import Encoder
from gld_embed.inference.precision import choose_precision
from gld_embed.inference.streams import Streams
from gld_embed.job import Job
from gld_embed.worker import make_store
from gld_shared.images.settings import ImageSettings
from gld_shared.networks import load_model
from measure import LIMIT, OURS, PLAIN, Benchmark
from peak_flops import peak
from polars import DataFrame
from torch.utils.data import DataLoader, Dataset
from torch.utils.flop_counter import FlopCounterMode

BATCH = 32
ALONE, BEST, BEST_ALONE = "network", "openvino", "openvino network"
GOALS = {
    (OURS, PLAIN): 3.5,
    (BEST, PLAIN): 4.5,
    (OURS, ALONE): 0.92,
    (BEST, BEST_ALONE): 0.92,
    (OURS, LIMIT): 0.6,
    (BEST, LIMIT): 0.8,
}


@dataclass(frozen=True)
class Task:
    """Images to embed by a network, at a size, on a number of cores."""

    backbone: str
    size: int
    images: tuple[Path, ...]
    cores: int

    @property
    def settings(self) -> ImageSettings:
        """The settings for squares."""
        return ImageSettings(self.size)


def on_cores(name: str, backbone: str, size: int, count: int) -> list[Benchmark]:
    """Return the comparisons on one core and, if there are more, on two."""
    images = tuple(enlarged(count))
    available = len(os.sched_getaffinity(0))
    tasks = [Task(backbone, size, images, cores) for cores in (1, 2) if cores <= available]
    return [_benchmark(f"{name}, {task.cores} cores", task) for task in tasks]


def _benchmark(name: str, task: Task) -> Benchmark:
    ours, plain = Cores(task.cores), Cores(task.cores)
    operations = _operations(task.backbone, task.size) * len(task.images)
    multiply, of_peak = peak()
    precision = choose_precision("auto", "cpu")
    return Benchmark(
        name,
        "images",
        len(task.images),
        {
            OURS: partial(ours.do, embed_all, task, TORCH),
            ALONE: partial(ours.do, network_alone, task, TORCH),
            BEST: partial(ours.do, embed_all, task, OPENVINO),
            BEST_ALONE: partial(ours.do, network_alone, task, OPENVINO),
            PLAIN: partial(plain.do, embed_plainly, task),
            LIMIT: partial(ours.do, multiply, operations, task.cores),
        },
        {
            OURS: f"gld_embed, {precision}: from the list to the finished store",
            ALONE: "the same encoder on pixels in memory",
            BEST: "--backend openvino: from the list to the finished store",
            BEST_ALONE: "the same encoder on pixels in memory",
            PLAIN: "cv2, DataLoader, plain torch: fp32, NCHW, no_grad, nothing stored",
            LIMIT: f"the network's operations as {of_peak}",
        },
        GOALS,
        lambda: (ours.close(), plain.close()),
    )


class Cores:
    """A process bound to some cores, which keeps its loaded networks."""

    def __init__(self, count: int, threads: int | None = None) -> None:
        """Start the process; ``threads`` are torch's, by default one for each core."""
        self._pool = ProcessPoolExecutor(1, get_context("spawn"), bind, (count, threads or count))

    def begin(self, function: Callable[..., object], *arguments: object) -> Future[object]:
        """Begin a call of a function in the process."""
        return self._pool.submit(function, *arguments)

    def do(self, function: Callable[..., object], *arguments: object) -> None:
        """Call a function in the process."""
        self.begin(function, *arguments).result()

    def close(self) -> None:
        """End the process, which would outlive this one."""
        self._pool.shutdown()


def bind(count: int, threads: int) -> None:
    """Use ``count`` cores, and ``threads`` threads of torch."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])
    torch.set_num_threads(threads)


@cache
def encoder_of(backbone: str, size: int, backend: str) -> Encoder:
    """Load a network with random weights, once in a process."""
    network = load_model(f"random:{backbone}").network
    precision = choose_precision("auto", "cpu")
    return Encoder(network, ImageSettings(size), precision, backend=backend)


def embed_all(task: Task, backend: str) -> None:
    """Embed the images to a store."""
    folder = Path(tempfile.mkdtemp(prefix="gld-bench-"))
    make_store(job_of(task, folder / "x.zarr"), encoder_of(task.backbone, task.size, backend))
    shutil.rmtree(folder)


def job_of(task: Task, store: Path) -> Job:
    """Return the job that makes a store of the images."""
    names = [str(number) for number in range(len(task.images))]
    rows = DataFrame({"id": names, "path": [str(path) for path in task.images]})
    return Job(rows, "/", store, task.settings, batch=BATCH, workers=task.cores)


def network_alone(task: Task, backend: str) -> None:
    """Embed the same number of images of noise, which are in memory."""
    encoder = encoder_of(task.backbone, task.size, backend)
    pixels = torch.randint(0, 256, (BATCH, 3, task.size, task.size), dtype=torch.uint8)
    with closing(Streams(encoder, encoder.streams)) as streams:
        for _ in streams.map_in_order(streams, [pixels] * (len(task.images) // BATCH)):
            pass


class RecipeImages(Dataset):
    """Images as the reference recipe reads them: uint8 ``(size, size, 3)``, RGB."""

    def __init__(self, task: Task) -> None:
        """Read the images of a task."""
        self.task = task

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.task.images)

    def __getitem__(self, row: int) -> torch.Tensor:
        """Return an image."""
        image = cv2.imread(str(self.task.images[row]))
        image = cv2.resize(image, (self.task.size, self.task.size))
        return torch.tensor(image)[:, :, [2, 1, 0]]


@cache
def _plain_network(backbone: str) -> torch.nn.Module:
    return load_model(f"random:{backbone}").network


def embed_plainly(task: Task) -> None:
    """Run the reference recipe's loop."""
    network = _plain_network(task.backbone)
    for images in _recipe_batches(task):
        with torch.no_grad():
            torch.nn.functional.normalize(network(images))


def _recipe_batches(task: Task) -> Iterator[torch.Tensor]:
    mean = torch.tensor(task.settings.mean) * 255
    std = torch.tensor(task.settings.std) * 255
    for pixels in DataLoader(RecipeImages(task), BATCH, num_workers=task.cores):
        yield ((pixels.float() - mean) / std).permute(0, 3, 1, 2).contiguous()


def _operations(backbone: str, size: int) -> int:
    """Count the network's floating-point operations for one image."""
    network = load_model(f"random:{backbone}").network
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        network(torch.zeros(1, 3, size, size))
    return int(counter.get_total_flops())
