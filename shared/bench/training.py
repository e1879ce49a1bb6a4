"""Training steps from JPEGs of 1,600 pixels, with the packaged network."""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from decoding import enlarged
from gld_train.config import Config
from gld_train.config.sections import CheckpointConfig, ImageConfig, ModelConfig
from gld_train.data.config import DataConfig
from gld_train.data.labelled_rows import Samples
from gld_train.distributed import Ranks
from gld_train.initial_weights import make_network
from gld_train.job import Job
from gld_train.losses import HeadConfig, build_head
from gld_train.losses.margin_by_size import MarginBySizeConfig
from gld_train.optim.precision import autocast
from gld_train.optim.schedule import ScheduleConfig
from gld_train.run_folder.folder import RunFolder
from gld_train.start import make_learner
from gld_train.train import Steps
from measure import LIMIT, OURS, PLAIN, Benchmark
from PIL import Image as Pillow
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

LANDMARKS, WORKERS = 1000, 2
NETWORK = Config(
    model=ModelConfig(neck="none"),
    image=ImageConfig(192),
    data=DataConfig(batch_size=32, drop_last=True),
)


def benchmark() -> Benchmark:
    """Train EfficientNet-Lite0 for five steps at 192 pixels."""
    return of_size(160)


def of_size(images: int) -> Benchmark:
    """Train EfficientNet-Lite0 for a step of each 32 images."""
    return training_benchmark("train", NETWORK, images)


def training_benchmark(name: str, config: Config, count: int) -> Benchmark:
    """Train an epoch of ``count`` photographs: ArcFace, SGD, BatchNorm in training mode."""
    config = replace(
        config,
        head=HeadConfig(classes=LANDMARKS),
        schedule=ScheduleConfig(epochs=1, warmup=0.0),
        checkpoint=CheckpointConfig(every=0),
    )
    variants = Variants(config, enlarged(count), torch.device("cpu"))
    size, precision = config.image.size, config.optim.precision
    return Benchmark(
        name,
        "images",
        count,
        {OURS: variants.ours(), PLAIN: variants.plain(), LIMIT: variants.limit()},
        {
            OURS: f"gld-train's steps, {WORKERS} workers: {size} px, {precision}, channels last",
            PLAIN: f"cv2, PIL transforms, DataLoader of {WORKERS}, fp32, NCHW, torch.optim.SGD",
            LIMIT: f"the network's forward and backward, {precision}, on one batch in memory",
        },
    )


@dataclass(frozen=True)
class Variants:
    """The same images, network, head and batches for all variants."""

    config: Config
    paths: list[Path]
    device: torch.device
    workers: int = WORKERS

    @property
    def labels(self) -> np.ndarray:
        """The landmark of each path."""
        return np.arange(len(self.paths)) % LANDMARKS

    def ours(self):
        """Return gld-train's own loop, without the start and end of the command."""
        folder = Path(tempfile.mkdtemp(prefix="gld-bench-"))
        names = np.array([str(path).encode() for path in self.paths], dtype=np.bytes_)
        job = Job(
            self.config, Samples(names, self.labels), Path("/"), folder / "m.safetensors",
            Ranks(0, 1, self.device), 0, self.workers, {}, [],
        )  # fmt: skip
        run_folder = RunFolder.of(job.output)
        run_folder.path.mkdir()
        learner, _ = make_learner(job, run_folder)
        return lambda: Steps(job, learner, run_folder, lambda steps, text: None).take(0)

    def plain(self):
        """Return a plain training loop."""
        network = make_network(self.config, 0).to(self.device).train()
        counts = torch.bincount(torch.from_numpy(self.labels), minlength=LANDMARKS)
        head = build_head(self.config.head, MarginBySizeConfig(), network.dimension, counts)
        head.to(self.device)
        optim = self.config.optim
        parameters = [*network.parameters(), *head.parameters()]
        optimizer = torch.optim.SGD(
            parameters, optim.lr, momentum=optim.momentum, weight_decay=optim.weight_decay
        )
        loader = DataLoader(
            PlainImages(self.paths, self.labels, self.config.image),
            self.config.data.batch_size, shuffle=True, num_workers=self.workers, drop_last=True,
        )  # fmt: skip

        def epoch() -> None:
            for images, labels in loader:
                images, labels = images.to(self.device), labels.to(self.device)
                loss = torch.nn.functional.cross_entropy(head(network(images), labels), labels)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                loss.item()

        return epoch

    def limit(self):
        """Return a loop of the network alone, over the same number of images."""
        network = make_network(self.config, 0).train()
        network.to(self.device, memory_format=torch.channels_last)
        batch, size = self.config.data.batch_size, self.config.image.size
        images = torch.randn(batch, 3, size, size, device=self.device)
        images = images.contiguous(memory_format=torch.channels_last)

        def steps() -> None:
            for _ in range(len(self.paths) // batch):
                with autocast(self.config.optim.precision, self.device):
                    embeddings = network(images)
                embeddings.sum().backward()

        return steps


class PlainImages(Dataset):
    """Images read by OpenCV and augmented by torchvision's transforms of PIL images."""

    def __init__(self, paths: list[Path], labels: np.ndarray, image: ImageConfig) -> None:
        """Augment as gld-train does by default."""
        self.paths, self.labels = paths, labels
        self.transform = v2.Compose(
            [
                v2.Resize((image.size, image.size)),
                v2.RandomHorizontalFlip(),
                v2.Pad(10),
                v2.RandomCrop(image.size),
                v2.PILToTensor(),
                v2.ToDtype(torch.float32, scale=True),
                v2.Normalize(image.mean, image.std),
                v2.RandomErasing(1.0, (0.02, 0.2)),
            ]
        )

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.paths)

    def __getitem__(self, row: int) -> tuple[torch.Tensor, int]:
        """Return an image and its label."""
        pixels = cv2.cvtColor(cv2.imread(str(self.paths[row])), cv2.COLOR_BGR2RGB)
        return self.transform(Pillow.fromarray(pixels)), int(self.labels[row])
