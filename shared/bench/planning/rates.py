"""The rates of a machine with one GPU, read from what `make bench-gpu` measured there."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gld_shared.errors import DataError
from gld_shared.networks import NetworkConfig

from planning.networks import network_size

# Forward, and backward with respect to the inputs and to the weights.
PASSES_OF_TRAINING = 3
# README of gld-train: memory of the GPU in training, batches of 128.
MEASURED_BATCH = 128
MEASURED_MEMORY = {("recipe:resnet50", 256): 10e9, ("recipe:se_resnet101_ibn_a", 384): 38e9}


@dataclass(frozen=True)
class Rates:
    """What one GPU, and the cores beside it, do in a second."""

    training: float
    """Floating-point operations in training."""
    embedding: float
    """Floating-point operations in embedding."""
    photographs: float
    """Photographs that the cores beside a GPU decode and resize."""
    pairs: float
    """Pairs of query and image in a search, the upload of the index included."""
    memory: float
    """Bytes of the GPU for each operation of a batch's forward pass, in training."""


def read_rates(path: str | Path) -> Rates:
    """Read the rates from a table of results; the slower of the networks measured counts.

    Raises DataError for another file, and for one that lacks a measurement.
    """
    try:
        return _rates(_rows(Path(path)))
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise DataError(
            f"{path}: expected the table (TSV) of all stages of `make bench-gpu`: {error!r}"
        ) from error


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8") as stream:
            lines = [line for line in stream if not line.startswith("#")]
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    return list(csv.DictReader(lines, delimiter="\t"))


def _rates(rows: list[dict[str, str]]) -> Rates:
    training = [
        rate * PASSES_OF_TRAINING * _operations(words)
        for words, rate in _measured(rows, "train", "steps")
    ]
    embedding = [
        rate * _operations(words)
        for words, rate in _measured(rows, "embed", "network")
        if words[1].startswith("recipe:")
    ]
    photographs = [rate for _, rate in _measured(rows, "embed", "decode fast")]
    pairs = [
        rate * int(words[1].replace(",", "").strip())
        for words, rate in _measured(rows, "search", "ours")
        if words[2:] in ([], ["k", "100"])
    ]
    memory = [
        used / (MEASURED_BATCH * network_size(NetworkConfig(name), pixels).operations)
        for (name, pixels), used in MEASURED_MEMORY.items()
    ]
    return Rates(min(training), min(embedding), min(photographs), min(pairs), max(memory))


def _measured(
    rows: Iterable[dict[str, str]], bench: str, variant: str
) -> Iterable[tuple[list[str], float]]:
    for row in rows:
        words = row["bench"].split()
        if words[0] == bench and row["variant"] == variant:
            yield words, float(row["rate"].split()[0].replace(",", ""))


def _operations(words: list[str]) -> float:
    return network_size(NetworkConfig(words[1]), int(words[2])).operations
