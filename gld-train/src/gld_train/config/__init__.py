"""The configuration of a training run: TOML, read into dataclasses that are its schema.

Each package defines its own section beside the code that uses it; here the sections are put
together, read and checked.
"""

from gld_train.config.config import Config
from gld_train.config.toml import read_config, write_config

__all__ = ["Config", "read_config", "write_config"]
