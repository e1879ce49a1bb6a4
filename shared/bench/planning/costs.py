"""The cost of a command: images, hours, disk and memory."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gld_train.config import Config, read_config

from planning.commands import Command
from planning.list_sizes import classes_in, images_in
from planning.networks import NetworkSize, network_size
from planning.rates import PASSES_OF_TRAINING, Rates

LIST_OF_STORE = {
    "queries": "kaggle-lists/test.tsv",
    "index": "kaggle-lists/index.tsv",
    "expanded": "kaggle-lists/expanded.tsv",
    "index-train": "lists/index-train.tsv",
}
FLOAT16, FLOAT32, NEIGHBOUR, TABLE_ROW = 2, 4, 12, 90
# gld-embed's README: 450 MB for 5 million rows, 1 GB of libraries, and the decoded pixels.
ROW_MEMORY, LIBRARIES, PIXELS = 90, 1e9, 1.2e9
SEARCH_MEMORY = 2e9  # gld-search --memory
RERANK_MEMORY = 4e9


@dataclass(frozen=True)
class Cost:
    """What a step takes. ``seconds`` are of all GPUs together working on it; sizes are in bytes."""

    step: str
    images: int = 0
    seconds: float = 0
    gpus: int = 0
    disk: float = 0
    memory: float = 0
    gpu_memory: float = 0


class Planner:
    """Costs of commands that run in ``folder``; each network has a file in ``configs``."""

    def __init__(self, folder: Path, configs: Path, rates: Rates) -> None:
        """Count the lists that are in the folder; the others have their published sizes."""
        self.folder = folder
        self.configs = configs
        self.rates = rates

    def cost(self, command: Command) -> Cost:
        """Return the cost of a command."""
        by_tool: dict[str, Callable[[Command], Cost]] = {
            "gld-train": self._train,
            "gld-embed": self._embed,
            "gld-search": self._search,
            "gld-rerank": self._rerank,
        }
        return by_tool.get(command.tool, self._tables)(command)

    def _train(self, command: Command) -> Cost:
        config, _ = read_config(self.folder / command.option("--config"))
        path = self.folder / (config.data.list or command.arguments[0])
        size = self._size(config)
        images = images_in(path) * config.schedule.epochs
        gpus = int(command.option("--gpus", "1"))
        rate = self._rate(self.rates.training, PASSES_OF_TRAINING * size.operations) * gpus
        vectors = classes_in(path) * size.dimension
        tensors = (size.parameters + vectors) * FLOAT32
        kept = 1 + config.schedule.epochs // (
            config.checkpoint.every_epochs or config.schedule.epochs
        )
        batch = config.data.batch_size / gpus / config.data.accumulate
        # Of class vectors: the values, gradients and momentum, and logits with their gradients.
        of_head = (3 * vectors + 4 * batch * classes_in(path)) * FLOAT32
        return Cost(
            f"train {Path(command.output).stem}",
            images,
            images / rate,
            gpus,
            # Kept checkpoints and class vectors, and the newest two states of a run.
            disk=kept * tensors + 2 * 2 * tensors,
            memory=gpus * (LIBRARIES + ROW_MEMORY * images_in(path)) + PIXELS,
            gpu_memory=batch * size.operations * self.rates.memory + of_head,
        )

    def _embed(self, command: Command) -> Cost:
        images = images_in(self.folder / command.arguments[0])
        gpus = int(command.option("--gpus", "1"))
        config, _ = read_config(self.configs / f"{Path(command.option('-c')).stem}.toml")
        size = self._size(config)
        rate = self._rate(self.rates.embedding, size.operations) * gpus
        return Cost(
            f"embed {command.output}",
            images,
            images / rate,
            gpus,
            disk=images * (size.dimension * FLOAT16 + 16),
            memory=gpus * (LIBRARIES + ROW_MEMORY * images + PIXELS),
        )

    def _search(self, command: Command) -> Cost:
        queries = self._images_in_store(command.arguments[0])
        indexes = command.options["--index"]
        pairs = queries * sum(map(self._images_in_store, indexes))
        k = int(command.option("-k", "100"))
        is_table = not command.output.endswith(".zarr")
        gpus = int(command.option("--gpus", "1"))
        return Cost(
            f"search {command.output}",
            queries,
            pairs / (self.rates.pairs * gpus),
            gpus,
            disk=queries * k * (TABLE_ROW if is_table else NEIGHBOUR),
            memory=SEARCH_MEMORY,
        )

    def _rerank(self, command: Command) -> Cost:
        index, _, _ = Path(command.output).name.partition(".")
        images = self._images_in_store(index) * len(command.options["--reference"])
        queries = images_in(self.folder / "kaggle-lists/test.tsv")
        return Cost(
            f"rerank {command.output}",
            queries,
            queries * images / self.rates.pairs,
            1,
            disk=queries * 100 * TABLE_ROW,
            memory=RERANK_MEMORY,
        )

    def _tables(self, command: Command) -> Cost:
        if command.arguments[0] != "google":
            return Cost(f"{command.tool} {command.output}")
        tables = ("clean", "c2x", "full", "index-train", "all", "index", "queries")
        rows = sum(images_in(self.folder / "lists" / f"{name}.tsv") for name in tables)
        return Cost("lists", rows, disk=rows * TABLE_ROW, memory=1e9)

    def _rate(self, operations: float, of_an_image: float) -> float:
        """Return images per second of one GPU: the network's, unless decoding is slower."""
        return min(operations / of_an_image, self.rates.photographs)

    def _size(self, config: Config) -> NetworkSize:
        return network_size(config.model.network(), config.image.size)

    def _images_in_store(self, store: str) -> int:
        return images_in(self.folder / LIST_OF_STORE[Path(store).stem])
