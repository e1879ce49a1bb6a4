"""Embedding photographs of 1,600 pixels with the reference recipe's ResNet-50."""

from measure import Benchmark

from embedding.cores import on_cores


def benchmark() -> list[Benchmark]:
    """Embed at 256 pixels."""
    return on_cores("embed-r50", "recipe:resnet50", 256, 128)
