"""Training steps of the reference recipe's ResNet-50."""

from gld_train.config import Config
from gld_train.config.sections import Data, Image, Model
from measure import Benchmark
from training import training_benchmark

NETWORK = Config(
    model=Model("recipe:resnet50", weights="random"),
    image=Image(256),
    data=Data(batch_size=16, drop_last=True),
)


def benchmark(device: str) -> Benchmark:
    """Three steps at 256 pixels."""
    return training_benchmark("train-resnet50", NETWORK, 48, device)
