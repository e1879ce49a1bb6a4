"""Loops that are compiled ahead of the first runs."""

import os
import subprocess
import sys

import pytest
from gld_shared.testing import program, small_list, small_store

LANDMARK = ["landmark", "--reference", "index.zarr", "--labels", "index.tsv"]
METHODS = [["reciprocal"], ["reciprocal", "--whole"], ["diffuse"], ["explore"], LANDMARK]


@pytest.mark.slow
def test_first_runs_after_it_compile_nothing(tmp_path):
    kept = tmp_path / "kept"

    def run(*command):
        environment = {**os.environ, "NUMBA_CACHE_DIR": str(kept)}
        subprocess.run(command, cwd=tmp_path, env=environment, check=True)

    def compiled():
        return {file: file.stat().st_mtime_ns for file in kept.rglob("*.nb*")}

    ids = [f"image-{row}" for row in range(300)]
    small_store(tmp_path / "queries.zarr", ids[:20], seed=1, dimension=24)
    small_store(tmp_path / "index.zarr", ids, seed=2, dimension=24)
    small_list(tmp_path / "index.tsv", ids)
    run(program("gld-search"), "queries.zarr", "--index", "index.zarr", "-o", "found.tsv")
    run(sys.executable, "-m", "gld_rerank.compile_ahead")
    ahead = compiled()
    assert len(ahead) > 40
    for method in METHODS:
        run(program("gld-rerank"), *method, "found.tsv", "-q", "-o", "reranked.tsv")
    assert compiled() == ahead
