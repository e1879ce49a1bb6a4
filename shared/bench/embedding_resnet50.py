"""Embedding photographs of 1,600 pixels with the reference recipe's ResNet-50."""

from embedding_cores import on_cores
from measure import Benchmark


def benchmark() -> list[Benchmark]:
    """Embed at 256 pixels."""
    return on_cores("embed-r50", "recipe:resnet50", 256, 128)
