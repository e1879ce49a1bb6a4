"""What a run begins with: the first weights of the network and of the head."""

import logging
from pathlib import Path

import torch
from gld_shared.checkpoint import FORMAT
from gld_shared.errors import DataError
from gld_shared.networks import EmbeddingNetwork, build, load_weights
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch.nn import functional

from gld_train.config import RANDOM, Config
from gld_train.heads import ArcFace, start_from

log = logging.getLogger(__name__)


def make_network(config: Config, seed: int) -> EmbeddingNetwork:
    """The network with its first weights; what the source does not fill is drawn from the seed."""
    torch.manual_seed(seed)
    network = build(config.network())
    source = config.model.weights
    if source == RANDOM:
        return network
    report = load_weights(network, source)
    incomplete = any(key.startswith("backbone.") for key in report.missing)
    log.log(logging.WARNING if incomplete else logging.INFO, "%s: %s", source, report)
    return network


def make_head(config: Config, dimension: int, classes: int, seed: int) -> ArcFace:
    """The head with random rows, or the leading ones from an earlier run."""
    torch.manual_seed(seed + 1)
    head = ArcFace(dimension, classes, config.head.scale, config.head.margin)
    source = config.head.init
    if source not in (RANDOM, "class_means"):
        rows = _head_rows(source, dimension)
        log.info("%s: %d of %d classes taken over", source, start_from(head, rows), classes)
    return head


def class_means(embeddings: torch.Tensor, labels: torch.Tensor, head: ArcFace) -> None:
    """Set each class vector to the mean of its images' embeddings; classes without stay random."""
    sums = torch.zeros_like(head.weight, device="cpu").index_add_(0, labels, embeddings)
    present = torch.bincount(labels, minlength=len(sums)) > 0
    means = functional.normalize(sums[present])
    with torch.no_grad():
        head.weight[present.to(head.weight.device)] = means.to(head.weight)


def is_checkpoint(source: str) -> bool:
    """Whether a file is a checkpoint of gld-train, and not plain weights."""
    if not (source.endswith(".safetensors") and Path(source).is_file()):
        return False
    try:
        with safe_open(source, framework="pt") as file:
            return (file.metadata() or {}).get("format") == FORMAT
    except SafetensorError as error:
        raise DataError(f"{source}: not a whole safetensors file: {error}") from error


def _head_rows(source: str, dimension: int) -> torch.Tensor:
    if not Path(source).is_file():
        raise DataError(
            f"{source}: not found; head.init is 'random', 'class_means' or a run folder's "
            "head.safetensors"
        )
    try:
        tensors = load_file(source)
    except (SafetensorError, OSError) as error:
        raise DataError(f"{source}: not a whole safetensors file: {error}") from error
    rows = tensors.get("weight")
    if rows is None or rows.ndim != 2 or rows.shape[1] != dimension:
        shape = None if rows is None else tuple(rows.shape)
        raise DataError(f"{source}: weight is {shape}, expected (classes, {dimension})")
    return rows
