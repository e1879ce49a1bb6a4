import importlib
import subprocess
import sys
from typing import get_args

import numpy as np
import pytest
from gld_search import Search, search
from gld_shared.search.memory import Portion
from gld_shared.search.precision import Precision
from gld_shared.store import open_store, write_store
from gld_shared.testing import run

SOURCE = {"checkpoint": {"path": "m", "sha256": "1"}}


def store(path, count, seed, copies=1):
    vectors = np.random.default_rng(seed).standard_normal((count // copies, 32))
    vectors = np.repeat(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), copies, axis=0)
    return write_store(path, [f"{seed}-{row}" for row in range(len(vectors))], vectors, SOURCE)


@pytest.fixture
def stores(tmp_path):
    return store(tmp_path / "q.zarr", 40, 1), store(tmp_path / "i.zarr", 300, 2, copies=3)


@pytest.mark.parametrize(("rows", "text"), [(50, 10**6), (10**6, 50 * len("1-392-299"))])
@pytest.mark.parametrize("precision", get_args(Precision))
def test_portions_of_queries_have_the_rows_of_all(stores, monkeypatch, precision, rows, text):
    queries, index = ([open_store(path)] for path in stores)
    expected = [row for table in search(queries, index, 20) for row in table.rows()]
    module = importlib.import_module("gld_search.search")
    monkeypatch.setattr(module, "portion", lambda *_: Portion(7, precision))
    monkeypatch.setattr("gld_shared.search.neighbour_table._ROWS", rows)
    monkeypatch.setattr("gld_shared.search.neighbour_table._TEXT", text)
    tables = list(search(queries, index, 20))
    # Tables hold whole queries, at most 50 rows.
    assert [table.height for table in tables[:4]] == [40, 40, 40, 20]
    assert [row for table in tables for row in table.rows()] == expected


def test_memory_that_the_search_itself_holds_does_not_count_again(stores, monkeypatch):
    search = Search(*([open_store(path)] for path in stores), 20)
    first = search.find(range(5))
    monkeypatch.setattr("gld_shared.search.memory.anonymous_memory", lambda: 10**12)
    again = search.find(range(5))
    assert [part.tobytes() for part in again] == [part.tobytes() for part in first]


def test_too_little_memory(stores):
    queries, index = stores
    result = run(["gld-search", queries, "--index", index, "--memory", "5M"])
    assert (result.exit_code, result.stdout) == (1, "")
    before, _, needed = result.stderr.partition("which need ")
    assert before == "Error: the memory of 5 MB is too small for the neighbours of a query, "
    assert needed.endswith(" MB; raise --memory\n")
    assert int(needed.split()[0].replace(",", "")) > 100


@pytest.mark.parametrize("value", ["2", "2g", "0G", "-1G", "nanG", "1.G", "2 G", "2GB", "٢G"])
def test_amounts_of_memory_that_are_refused(stores, value):
    queries, index = stores
    result = run(["gld-search", queries, "--index", index, "--memory", value])
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == (
        f"Error: Invalid value for '--memory': {value!r} is not an amount of memory, "
        "such as 600M or 2G."
    )


def test_the_time_of_each_task(stores, caplog):
    queries, index = stores
    result = run(["gld-search", queries, "--index", index, "-v"])
    line = result.stderr.splitlines()[-1]
    start, _, tasks = line.partition(" s; of all threads together: ")
    assert start.startswith("gld-search: 40 queries x 300 images in ")
    names = [task.split()[0] for task in tasks.split(", ")]
    assert names == ["reading", "product", "nomination", "rescoring", "writing"]


@pytest.mark.slow
@pytest.mark.parametrize(("memory", "k", "count"), [(200, 100, 2000), (300, 20_000, 40)])
def test_memory_of_a_process_stays_below_the_limit(tmp_path, memory, k, count):
    queries, index = store(tmp_path / "q.zarr", count, 1), store(tmp_path / "i.zarr", 200_000, 2)
    script = f"""
import threading
from gld_search.cli import main
from gld_shared.anonymous_memory import anonymous_memory

peak, done = [0], threading.Event()
def watch():
    while not done.wait(0.005):
        peak[0] = max(peak[0], anonymous_memory())
threading.Thread(target=watch).start()
try:
    main([{str(queries)!r}, "--index", {str(index)!r}, "-k", "{k}", "--memory", "{memory}M",
          "-q", "-o", {str(tmp_path / "n.tsv")!r}], standalone_mode=False)
finally:
    done.set()
print(peak[0] // 1_000_000)
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert 50 < int(result.stdout) < memory
