"""Embedding photographs of 1,600 pixels with the reference recipe's SE-ResNet101-IBN-a."""

from measure import Benchmark

from embedding.cores import on_cores


def benchmark() -> list[Benchmark]:
    """Embed at 384 pixels."""
    return on_cores("embed-se", "recipe:se_resnet101_ibn_a", 384, 64)
