"""Training steps of the reference recipe's ResNet-50."""

from gld_train.config import Config
from gld_train.config.sections import ImageConfig, ModelConfig
from gld_train.data.config import DataConfig
from measure import Benchmark
from training import training_benchmark

NETWORK = Config(
    model=ModelConfig("recipe:resnet50", weights="random"),
    image=ImageConfig(256),
    data=DataConfig(batch_size=16, drop_last=True),
)


def benchmark() -> Benchmark:
    """Train for three steps at 256 pixels."""
    return training_benchmark("train-resnet50", NETWORK, 48)
