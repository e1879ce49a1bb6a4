"""What a process holds must not grow with the list, but for the columns' bytes."""

import tracemalloc

import polars as pl
import pytest
import torch
from gld_embed.embed import embed, open_writer
from gld_embed.images.decoder import Decoder
from gld_embed.inference.encoder import Engine
from gld_embed.job import Job
from gld_shared.images.settings import ImageSettings
from gld_shared.networks import load_model

ROWS = 60_000


@pytest.mark.slow
def test_no_python_object_is_kept_for_a_row(tmp_path, monkeypatch):
    """Of 60,000 rows even one small object each would take more than what is allowed."""
    pixels = torch.arange(3 * 4 * 4, dtype=torch.uint8).view(3, 4, 4)
    monkeypatch.setattr(Decoder, "decode", lambda self, row: pixels)
    numbers = pl.int_range(ROWS, eager=True)
    rows = pl.select(id=numbers.cast(pl.String), path=numbers.cast(pl.String))
    model = load_model("pixels:4")
    settings = ImageSettings.from_dict(model.config["image"])
    job = Job(rows, str(tmp_path), tmp_path / "x.zarr", settings)
    engine = Engine(model.network, settings)
    # The ids are written once, 65,536 at a time.
    open_writer(job, engine.dimension)
    tracemalloc.start()
    try:
        embed(job, engine)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 30 * ROWS
