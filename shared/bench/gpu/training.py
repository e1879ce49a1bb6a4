"""Training on a GPU at the size of the reference recipe: 128 images, 81,313 classes."""

import os
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from decoding import enlarged
from gld_train.config import Config
from gld_train.config.sections import CheckpointConfig, ImageConfig, ModelConfig
from gld_train.data.batch import Batch
from gld_train.data.config import DataConfig
from gld_train.data.labelled_rows import Samples
from gld_train.data.random_erasing import erasing_box
from gld_train.distributed import Ranks
from gld_train.initial_weights import make_network
from gld_train.job import Job
from gld_train.learner import Learner
from gld_train.losses import HeadConfig
from gld_train.optim.precision import autocast
from gld_train.optim.schedule import ScheduleConfig
from gld_train.run_folder.folder import RunFolder
from gld_train.start import make_learner
from gld_train.train import Steps
from measure import LIMIT, OURS, PLAIN, Benchmark
from training import Variants

PHOTOGRAPHS, BATCH, CLASSES = 60, 128, 81_313
LOADED = "steps"
GOALS = {(OURS, LIMIT): 0.9, (LOADED, LIMIT): 0.9}
# Network, pixels, steps.
NETWORKS = (("recipe:resnet50", 256, 32), ("recipe:se_resnet101_ibn_a", 384, 12))


def benchmark() -> Iterator[Benchmark]:
    """Train each of the networks from random weights."""
    return (_benchmark(*network) for network in NETWORKS)


def of_size(images: int, backbone: str, size: int, device: str = "cuda") -> Benchmark:
    """Train a network on so many images, in steps of 128, or in one step of fewer."""
    return _benchmark(backbone, size, max(images // BATCH, 1), device, min(images, BATCH))


@dataclass(frozen=True)
class Training:
    """Steps of one network, on photographs of 1,600 pixels."""

    config: Config
    paths: list[Path]
    device: torch.device

    @property
    def batch_size(self) -> int:
        """The images of a step."""
        return self.config.data.batch_size

    @property
    def steps(self) -> int:
        """The number of steps of an epoch."""
        return len(self.paths) // self.batch_size

    @cached_property
    def job(self) -> Job:
        """A job that writes nothing but its log."""
        labels = np.arange(len(self.paths)) % CLASSES
        names = np.array([str(path).encode() for path in self.paths], dtype=np.bytes_)
        output = Path(tempfile.mkdtemp(prefix="gld-bench-")) / "m.safetensors"
        ranks, workers = Ranks(0, 1, self.device), len(os.sched_getaffinity(0))
        return Job(
            self.config, Samples(names, labels), Path("/"), output, ranks, 0, workers, {}, []
        )

    @cached_property
    def folder(self) -> RunFolder:
        """The folder of the run."""
        folder = RunFolder.of(self.job.output)
        folder.path.mkdir()
        return folder

    @cached_property
    def learner(self) -> Learner:
        """The network, its head and optimizer."""
        return make_learner(self.job, self.folder)[0]

    @cached_property
    def batch(self) -> Batch:
        """A batch of noise, for a GPU in page-locked memory."""
        size, generator = self.config.image.size, random.Random(0)
        pixels = torch.randint(0, 256, (self.batch_size, 3, size, size), dtype=torch.uint8)
        labels = torch.randint(0, CLASSES, (self.batch_size,))
        boxes = [erasing_box(size, size, 1.0, generator) for _ in range(self.batch_size)]
        if self.device.type == "cuda":
            pixels, labels = pixels.pin_memory(), labels.pin_memory()
        return Batch(pixels, labels, boxes, 1, [])

    def from_files(self) -> None:
        """Take the steps of an epoch, with the start of the workers."""
        Steps(self.job, self.learner, self.folder, lambda steps, text: None).take(0)

    def from_memory(self) -> None:
        """Take as many steps on one batch."""
        unread = None
        for step in range(self.steps):
            result = self.learner.step(self.batch, self.batch_size, step, 0.5)
            if unread is not None:
                unread.read()
            unread = result
        self.synchronise()

    def forward_and_backward(self) -> None:
        """Compute the gradients of the network alone, as many times."""
        size, device = self.config.image.size, self.device
        images = torch.randn(self.batch_size, 3, size, size, device=device)
        images = images.contiguous(memory_format=torch.channels_last)
        for _ in range(self.steps):
            self.network.zero_grad(set_to_none=True)
            with autocast(self.config.optim.precision, device):
                embeddings = self.network(images)
            embeddings.sum().backward()
        self.synchronise()

    @cached_property
    def network(self) -> torch.nn.Module:
        """The network alone."""
        network = make_network(self.config, 0).train()
        return network.to(self.device, memory_format=torch.channels_last)

    def synchronise(self) -> None:
        """Wait for a GPU."""
        if self.device.type == "cuda":
            torch.cuda.synchronize()


def _benchmark(
    backbone: str, size: int, steps: int, device: str = "cuda", batch: int = BATCH
) -> Benchmark:
    config = Config(
        model=ModelConfig(backbone, weights="random"),
        image=ImageConfig(size),
        data=DataConfig(batch_size=batch, drop_last=True),
        head=HeadConfig(classes=CLASSES),
        schedule=ScheduleConfig(epochs=1, warmup=0.0),
        checkpoint=CheckpointConfig(every=0),
    )
    paths = enlarged(PHOTOGRAPHS) * (batch * steps // PHOTOGRAPHS + 1)
    training = Training(config, paths[: batch * steps], torch.device(device))
    workers = len(os.sched_getaffinity(0))
    plain = Variants(config, training.paths, training.device, workers)
    return Benchmark(
        f"train {backbone} {size}",
        "images",
        batch * steps,
        {
            OURS: training.from_files,
            LOADED: training.from_memory,
            LIMIT: training.forward_and_backward,
            PLAIN: plain.plain(),
        },
        {
            OURS: "gld-train's steps from JPEGs, and the start of a worker for each core",
            LOADED: "the same steps on one batch in memory",
            LIMIT: "the network's forward and backward on one batch in memory",
            PLAIN: "cv2, PIL transforms, DataLoader, fp32, NCHW, torch.optim.SGD",
        },
        GOALS,
    )
