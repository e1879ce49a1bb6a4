"""A training run of a very small network, for the tests of whole runs."""

from importlib import import_module

import numpy as np
import polars as pl
import pytest
from gld_shared.tables import LIST, write_table
from PIL import Image

CONFIG = """
[model]
backbone = "test_resnet"
weights = "random"
dim = 8
[image]
size = 32
[data]
batch_size = 4
[augment]
padding = 2
[optim]
precision = "float32"
[schedule]
epochs = 3
[checkpoint]
every = 2
"""


@pytest.fixture
def job(tmp_path, monkeypatch):
    """Return the command line of a small run, without its output, in a new folder.

    No curves are drawn in this process: they take longer than the training itself.
    """
    # Imported by name: the package's attribute ``train`` is the function, not the module.
    monkeypatch.setattr(import_module("gld_train.train"), "draw_curves", lambda log, picture: None)
    generator = np.random.default_rng(0)
    names = [f"{number}.png" for number in range(14)]
    for name in names:
        Image.fromarray(generator.integers(0, 256, (40, 50, 3), np.uint8)).save(tmp_path / name)
    labels = [number % 3 for number in range(13)] + [None]
    rows = pl.DataFrame({"id": [name[:-4] for name in names], "path": names, "label": labels})
    write_table(tmp_path / "list.tsv", LIST, rows, {})
    (tmp_path / "run.toml").write_text(CONFIG)
    return ["gld-train", tmp_path / "list.tsv", "--config", tmp_path / "run.toml",
            "--images", tmp_path, "--device", "cpu", "-j", "0"]  # fmt: skip
