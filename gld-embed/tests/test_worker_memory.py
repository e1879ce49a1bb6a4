"""Memory of a process, which must grow with the list by no more than the columns' bytes."""

import tracemalloc

import polars as pl
import pytest
import torch
from gld_embed.images.decoder import Decoder
from gld_embed.inference.encoder import Encoder
from gld_embed.job import Job
from gld_embed.worker import make_store
from gld_shared.images.settings import ImageSettings
from gld_shared.networks import load_model
from gld_shared.store import spec

ROWS = 60_000


@pytest.mark.slow
def test_no_python_object_is_kept_for_a_row(tmp_path, monkeypatch):
    """One small object for each of 60,000 rows would exceed the limit."""
    pixels = torch.arange(3 * 4 * 4, dtype=torch.uint8).view(3, 4, 4)
    monkeypatch.setattr(Decoder, "pixels", lambda self, row: pixels)
    numbers = pl.int_range(ROWS, eager=True)
    rows = pl.select(id=numbers.cast(pl.String), path=numbers.cast(pl.String))
    model = load_model("pixels:4")
    settings = ImageSettings.from_dict(model.config["image"])
    job = Job(rows, str(tmp_path), tmp_path / "x.zarr", settings)
    encoder = Encoder(model.network, settings)
    # Ids are written, and compared with those of an unfinished store, so many at a time.
    monkeypatch.setattr(spec, "_IDS_AT_A_TIME", 1000)
    job.begin_store(encoder.dimension)
    tracemalloc.start()
    try:
        make_store(job, encoder)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 30 * ROWS
