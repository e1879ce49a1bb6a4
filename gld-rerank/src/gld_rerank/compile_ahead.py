"""Compiles the loops of searches and reranking now, instead of in the first runs that need them.

After an installation: ``python -m gld_rerank.compile_ahead``.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
from gld_shared import torch_library
from gld_shared.search.compiled.worth import compile_from_now_on
from gld_shared.search.neighbour_table import neighbour_table
from gld_shared.search.precision import fastest_of_cpu
from gld_shared.search.topk import topk
from gld_shared.store import open_store, write_store
from gld_shared.tables import LIST, NEIGHBOURS, write_table

from gld_rerank.cli import main

QUERIES, IMAGES, DIMENSION, K = 8, 400, 8, 50
METHODS = (
    ["reciprocal"],
    ["reciprocal", "--whole"],
    ["diffuse"],
    ["explore"],
    ["landmark", "--reference", "{index}", "--labels", "{labels}"],
)


def compile_ahead() -> None:
    """Search and rerank made-up images, with what is fast for few images and for many.

    The code is kept where ``gld_shared.compiled`` says.
    """
    with TemporaryDirectory(prefix="gld-") as folder:
        inputs = [_inputs(Path(folder) / dtype, dtype) for dtype in ("float16", "float32")]
        for each in inputs:
            _run_all(*each)
        _prefer_what_is_fast_for_many()
        for each in inputs:
            _run_all(*each)


def _prefer_what_is_fast_for_many() -> None:
    compile_from_now_on()
    if fastest_of_cpu() == "bfloat16" and torch_library.is_installed():
        torch_library.load()


def _inputs(folder: Path, dtype: str) -> tuple[Path, Path]:
    """Write a store of images in a number format, and a list of them with two to a landmark."""
    ids = [f"i{row:03}" for row in range(IMAGES)]
    vectors = np.random.default_rng(0).normal(size=(IMAGES, DIMENSION))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = [row // 2 for row in range(IMAGES)]
    rows = pl.DataFrame({"id": ids, "path": ids, "label": labels, "country": ["FR"] * IMAGES})
    folder.mkdir()
    write_table(folder / "labels.tsv", LIST, rows, {"history": []})
    checkpoint = {"checkpoint": {"path": "random:none", "sha256": "0"}, "history": []}
    index = write_store(folder / "index.zarr", ids, vectors, checkpoint, dtype)
    return index, folder / "labels.tsv"


def _run_all(index: Path, labels: Path) -> None:
    """Search the first images in the index, and rerank their neighbours by each method."""
    store, table = open_store(index), index.with_name("neighbours.tsv")
    queries = store.read(slice(QUERIES))
    topk(queries.astype(np.float64), store, K)  # as weighted queries of several networks are
    found = topk(queries, store, K)
    neighbours = neighbour_table(list(store.ids)[:QUERIES], store.ids, *found)
    header = {"queries": [str(index)], "index": [str(index)], "history": []}
    write_table(table, NEIGHBOURS, neighbours, header)
    for method in METHODS:
        arguments = [each.format(index=index, labels=labels) for each in method]
        output = str(table.with_name("reranked.tsv"))
        main([*arguments, str(table), "-q", "-o", output], standalone_mode=False)


if __name__ == "__main__":
    compile_ahead()
