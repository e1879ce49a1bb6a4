"""Photographs of 1,600 pixels to a store, by the reference recipe's ResNet-50."""

from embedding_cores import on_cores
from measure import Benchmark


def benchmark() -> list[Benchmark]:
    """At 256 pixels."""
    return on_cores("embed-r50", "recipe:resnet50", 256, 128)
