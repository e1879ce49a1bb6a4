"""The configuration of a training run: TOML into dataclasses that are the schema."""

from gld_train.config.config import Config
from gld_train.config.toml import read_config, write_config

__all__ = ["Config", "read_config", "write_config"]
