"""From image files to a store of embeddings, with the packaged network."""

import shutil
import tempfile
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import torch
from decoding import load_plainly, photographs
from gld_shared.images.preprocess import normalise
from gld_shared.networks import Model, load_model
from gld_shared.tables import LIST, write_table
from gld_shared.testing import run
from measure import LIMIT, OURS, PLAIN, Benchmark
from polars import DataFrame
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

CHECKPOINT = "packaged:efficientnet_lite0"
SIZE = 224
IMAGES = 1_200  # so many that start-up counts little
SIDE = 2048  # of the square matrices whose product represents the peak


def benchmark() -> Benchmark:
    """Embed a folder of 1,200 JPEGs: decoding, network and store."""
    return of_size(IMAGES)


def of_size(images: int) -> Benchmark:
    """Embed a folder of so many JPEGs, some of them repeatedly."""
    paths = list(islice(cycle(photographs()), images))
    folder = Path(tempfile.mkdtemp(prefix="gld-bench-"))
    names = [str(number) for number in range(len(paths))]
    rows = {"id": names, "path": names}
    for name, path in zip(names, paths, strict=True):
        (folder / name).symlink_to(path.resolve())
    write_table(folder / "list.tsv", LIST, DataFrame(rows), {"history": []})
    model = load_model(CHECKPOINT)
    left = torch.randn(SIDE, SIDE).bfloat16()
    products = len(paths) * _operations(model) / (2 * SIDE**3)
    return Benchmark(
        "embed",
        "images",
        len(paths),
        {
            OURS: lambda: _ours(folder),
            PLAIN: lambda: _plain(model.network, model.config["image"], paths),
            LIMIT: lambda: _products_only(left, products),
        },
        {
            OURS: "gld-embed, from the list to the finished store",
            PLAIN: "Pillow, then plain torch: fp32, NCHW, no_grad, nothing stored",
            LIMIT: f"the network's operations as {SIDE} x {SIDE} bf16 matrix products",
        },
    )


def _ours(folder: Path) -> None:
    store = folder / "store.zarr"
    shutil.rmtree(store, ignore_errors=True)
    options = ["-c", CHECKPOINT, "--images", folder, "--device", "cpu"]
    result = run(["gld-embed", folder / "list.tsv", *options, "--size", SIZE, "-o", store])
    if result.exit_code:
        raise RuntimeError(f"gld-embed failed: {result.output}")


def _plain(network: nn.Module, image: dict[str, Any], paths: list[Path], batch: int = 16) -> None:
    for start in range(0, len(paths), batch):
        loaded = [load_plainly(path, SIZE) for path in paths[start : start + batch]]
        with torch.no_grad():
            pixels = torch.stack(loaded)
            vectors = network(normalise(pixels, image["mean"], image["std"]))
            nn.functional.normalize(vectors)


def _operations(model: Model) -> int:
    """Count the network's floating-point operations for one image."""
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        model.network(torch.zeros(1, 3, SIZE, SIZE))
    return int(counter.get_total_flops())


def _products_only(left: torch.Tensor, times: float) -> None:
    """Compute the equivalent of ``times`` products; the last, partial one has fewer rows."""
    for _ in range(int(times)):
        left @ left
    rows = round(times % 1 * len(left))
    if rows:
        left[:rows] @ left
