"""Inputs that several test files use."""

import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from gld_shared.tables import LIST, NEIGHBOURS, TRUTH, write_table
from gld_shared.testing import small_image, small_store

CONFIGURATION = """
[model]
backbone = "test_resnet"
weights = "random"
[image]
size = 32
[data]
batch_size = 8
[schedule]
epochs = 1
"""
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="session")
def python_examples():
    """Return a function that finds the Python examples of a page."""
    return lambda page: PYTHON.findall(page.read_text())


@pytest.fixture
def user_folder(tmp_path, monkeypatch):
    """Work in the folder of a user with photographs, lists, stores, neighbours and the truth.

    photos/place00/i00.jpg ...       20 places of two photographs each
    lists/{full,index,queries}.tsv   all 40, 36 and 4 of them, with label and country
    lists/truth.tsv                  the other photograph of each query's place
    {train,index,queries}.zarr       the stores of these lists, 8 random numbers per image
    neighbours.tsv                   5 index images for each query
    demo.toml                        the smallest configuration of gld-train
    """
    monkeypatch.chdir(tmp_path)
    Path("demo.toml").write_text(CONFIGURATION)
    rows = pl.DataFrame(
        {
            "id": [f"i{n:02}" for n in range(40)],
            "path": [f"place{n // 2:02}/i{n:02}.jpg" for n in range(40)],
            "label": [n // 2 for n in range(40)],
            "country": ["FR" if n < 20 else "IT" for n in range(40)],
        }
    )
    for seed, path in enumerate(rows["path"]):
        small_image(Path("photos") / path, seed)
    Path("lists").mkdir()
    is_query = pl.col("id").is_in(["i00", "i02", "i20", "i22"])
    queries, index = rows.filter(is_query), rows.filter(~is_query)
    parts = {"full": rows, "index": index, "queries": queries}
    for seed, (name, part) in enumerate(parts.items()):
        write_table(f"lists/{name}.tsv", LIST, part, {"history": []})
        store = "train" if name == "full" else name
        small_store(Path(f"{store}.zarr"), part["id"].to_list(), seed)
    truth = queries.join(index, on="label", suffix="_of_index").select(
        pl.col("id").alias("query_id"),
        pl.col("id_of_index").alias("index_id"),
        pl.lit("all").alias("usage"),
    )
    write_table("lists/truth.tsv", TRUTH, truth, {"history": []})
    neighbours = pl.DataFrame(
        {
            "query_id": [query for query in queries["id"] for _ in range(5)],
            "index_id": index["id"].to_list()[:5] * 4,
            "rank": pl.Series([1, 2, 3, 4, 5] * 4, dtype=pl.Int32),
            "score": pl.Series(list(np.linspace(0.9, 0.1, 5)) * 4, dtype=pl.Float32),
        }
    )
    header = {"queries": ["queries.zarr"], "index": ["index.zarr"], "history": []}
    write_table("neighbours.tsv", NEIGHBOURS, neighbours, header)
