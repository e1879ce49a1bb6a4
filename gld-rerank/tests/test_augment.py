import os
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
from gld_rerank import augment
from gld_rerank.expansion.database import Augmenter
from gld_rerank.expansion.weighted_sum import expand, weights_of
from gld_shared.errors import DataError
from gld_shared.provenance import history_of
from gld_shared.search.topk import topk_arrays
from gld_shared.store import open_store, write_store
from gld_shared.testing import killed_before, program, run, small_store
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

METHODS = Path(__file__).parent / "fixtures" / "methods"
IDS = [f"i{row:02}" for row in range(12)]


def vectors_of(path):
    store = open_store(path)
    return store.read(slice(0, store.n))


def files_of(path):
    return {file.relative_to(path): file.read_bytes() for file in path.rglob("*") if file.is_file()}


@pytest.mark.parametrize(("k", "alpha"), [(1, 0), (3, 0), (5, 3), (10, 1), (10, 3)])
def test_augmented_vectors_equal_those_of_dirtorch(tmp_path, k, alpha):
    x = np.load(METHODS / "m_vectors.npz")["x"]
    names = [str(row) for row in range(len(x))]
    write_store(tmp_path / "x.zarr", names, x, {"history": []}, dtype="float32")
    augment(tmp_path / "x.zarr", tmp_path / "y.zarr", k, alpha)
    expected = np.load(METHODS / "qe_dba.npz")[f"dir_adba_k{k}_a{alpha}_rows0to59"]
    np.testing.assert_allclose(vectors_of(tmp_path / "y.zarr")[:60], expected, atol=1e-6)


def test_queries_expanded_by_augmented_vectors_equal_those_of_dirtorch(tmp_path):
    vectors = np.load(METHODS / "m_vectors.npz")
    names = [str(row) for row in range(len(vectors["x"]))]
    write_store(tmp_path / "x.zarr", names, vectors["x"], {"history": []}, dtype="float32")
    augment(tmp_path / "x.zarr", tmp_path / "y.zarr", 5, 3)
    augmented = vectors_of(tmp_path / "y.zarr")
    similarities, rows = topk_arrays(vectors["q"], augmented, 10)
    found = expand(vectors["q"], augmented[rows], weights_of(similarities, 3))
    expected = np.load(METHODS / "qe_dba.npz")["dir_dba5_a3_then_aqe10_a3"]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def slow_augmented(vectors, top, alpha):
    """Augment each vector by a loop over the others."""
    made = []
    for own, vector in enumerate(vectors):
        similarity = [float(np.float32(vector @ other)) for other in vectors]
        others = [row for row in range(len(vectors)) if row != own]
        near = sorted(others, key=lambda row: (-similarity[row], row))[:top]
        total = vector.copy()
        for row in near:
            total += similarity[row] ** alpha * vectors[row] if similarity[row] > 0 else 0
        made.append(total / np.linalg.norm(total))
    return made


directions = st.lists(st.tuples(*[st.integers(-1, 1)] * 3).filter(any), min_size=1, max_size=9)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(directions, st.integers(1, 10), st.sampled_from([0, 0.5, 3]))
def test_augmented_vectors_equal_the_slow_ones(tmp_path_factory, vectors, top, alpha):
    # Copies, opposites and ties are frequent; a store may hold one image.
    unit = np.array(vectors) / np.linalg.norm(vectors, axis=1, keepdims=True)
    folder = tmp_path_factory.mktemp("stores")
    names = [str(row) for row in range(len(unit))]
    write_store(folder / "x.zarr", names, unit, {"history": []}, dtype="float32")
    augment(folder / "x.zarr", folder / "y.zarr", top, alpha)
    exact = vectors_of(folder / "x.zarr").astype(np.float64)
    expected = slow_augmented(exact, top, alpha)
    np.testing.assert_allclose(vectors_of(folder / "y.zarr"), expected, atol=1e-5)


@pytest.fixture
def index(tmp_path):
    return small_store(tmp_path / "i.zarr", IDS, seed=2)


def augmented(output, *arguments):
    result = run(["gld-rerank", "augment", *map(str, arguments), "-o", output])
    assert (result.exit_code, result.stdout) == (0, f"{output}\n"), result.stderr
    return open_store(output)


@pytest.mark.parametrize("form", ["tsv", "zarr"])
def test_a_graph_gives_the_vectors_that_a_search_gives(tmp_path, index, form):
    graph = tmp_path / f"graph.{form}"
    assert run(["gld-search", index, "--index", index, "-k", "5", "-o", graph]).exit_code == 0
    computed = augmented(tmp_path / "computed.zarr", index, "--top", 3)
    given = augmented(tmp_path / "given.zarr", index, "--top", 3, "--graph", graph)
    assert given.read(slice(0, 12)).tobytes() == computed.read(slice(0, 12)).tobytes()
    assert given.attributes["augmentation"]["graph"]["path"] == str(graph)


def test_the_store_says_what_it_is_and_is_searched_with_the_same_queries(tmp_path, index):
    store = augmented(tmp_path / "o.zarr", index, "--top", 4, "--alpha", 0)
    old = open_store(index)
    assert store.ids.equals(old.ids) and store.dtype == old.dtype
    assert store.attributes["checkpoint"] == old.attributes["checkpoint"]
    digest = {"path": str(index), "sha256": old.sha256}
    assert store.attributes["augmentation"] == {
        "store": digest, "graph": None, "top": 4, "alpha": 0.0
    }  # fmt: skip
    assert store.history[-1] == {
        "tool": "gld-rerank",
        "version": "0.1.0",
        "arguments": ["augment", str(index), "--top", "4", "--alpha", "0.0"],
        "inputs": [digest],
    }
    queries = small_store(tmp_path / "q.zarr", ["a"], seed=1)
    assert run(["gld-search", queries, "--index", store.path]).exit_code == 0


def test_the_path_comes_from_standard_input(tmp_path, index):
    result = run(["gld-rerank", "augment", "-o", tmp_path / "o.zarr"], f"{index}\n")
    assert (result.exit_code, result.stdout) == (0, f"{tmp_path / 'o.zarr'}\n")
    two = run(["gld-rerank", "augment", "-o", tmp_path / "p.zarr"], f"{index}\n{index}\n")
    assert (two.exit_code, two.stderr) == (
        1,
        "Error: standard input: 2 stores, expected one; augment the stores of an ensemble one by "
        "one\n",
    )


def test_a_finished_store_is_left_as_it_is(tmp_path, index):
    output = tmp_path / "o.zarr"
    augmented(output, index)
    before = {file: file.stat().st_mtime_ns for file in output.rglob("*")}
    augmented(output, index)
    assert {file: file.stat().st_mtime_ns for file in output.rglob("*")} == before
    result = run(["gld-rerank", "augment", index, "--top", "3", "-o", output])
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: {output}: was made with another augmentation.top (2, now 3); choose another "
        "output, or move this one away\n",
    )


def test_a_store_that_is_killed_before_any_step_is_resumed(tmp_path):
    index = small_store(tmp_path / "i.zarr", [str(row) for row in range(150)], seed=2)
    whole = files_of(augmented(tmp_path / "whole.zarr", index).path)
    output, step = tmp_path / "o.zarr", 0

    def make():
        augment(index, output, history=lambda *inputs: open_store(tmp_path / "whole.zarr").history)

    # Each run is killed at a later step, and resumes what the one before has left.
    while killed_before(step := step + 7, make):
        assert step < 1000
    assert files_of(output) == whole
    assert sorted(path.name for path in tmp_path.iterdir()) == ["i.zarr", "o.zarr", "whole.zarr"]


@pytest.mark.parametrize(("name", "uses_graph"), [("i.zarr", False), ("graph.tsv", True)])
def test_an_input_that_is_replaced_meanwhile_is_an_error(tmp_path, index, name, uses_graph):
    graph, others = tmp_path / "graph.tsv", tmp_path / "others"
    others.mkdir()
    small_store(others / "i.zarr", IDS, seed=3)
    for output, k in ((graph, "5"), (others / "graph.tsv", "4")):
        assert run(["gld-search", index, "--index", index, "-k", k, "-o", output]).exit_code == 0

    def replacing(*inputs):
        """Replace an input after it was opened and before its vectors are read."""
        (tmp_path / name).rename(others / f"old-{name}")
        (others / name).rename(tmp_path / name)
        return history_of("gld-rerank", ["augment"], inputs)

    with pytest.raises(DataError) as error:
        given = graph if uses_graph else None
        augment(index, tmp_path / "o.zarr", top=3, graph=given, history=replacing)
    assert str(error.value) == (
        f"{tmp_path / name}: was replaced since it was opened; open it again, or run the same "
        "command again"
    )
    assert not list(tmp_path.glob("o.zarr*"))


def test_a_unit_is_not_made_twice(tmp_path, monkeypatch):
    index = small_store(tmp_path / "i.zarr", [str(row) for row in range(300)], seed=2)
    made, make = [], Augmenter.vectors

    def failing_at_the_third(self, rows):
        if len(made) == 2:
            raise DataError("stopped")
        made.append(rows)
        return make(self, rows)

    monkeypatch.setattr(Augmenter, "vectors", failing_at_the_third)
    with pytest.raises(DataError, match="stopped"):
        augment(index, tmp_path / "o.zarr")
    monkeypatch.setattr(
        Augmenter, "vectors", lambda self, rows: made.append(rows) or make(self, rows)
    )
    augment(index, tmp_path / "o.zarr")
    assert sorted(row for rows in made for row in rows) == list(range(300))


def test_several_processes_make_the_store_that_one_makes(tmp_path):
    index = small_store(tmp_path / "i.zarr", [str(row) for row in range(300)], seed=2)
    command = [program("gld-rerank"), "augment", index, "--device", "cpu", "-o"]
    one, both = tmp_path / "one.zarr", tmp_path / "both.zarr"
    subprocess.run([*command, one], check=True, capture_output=True)
    running = [subprocess.Popen([*command, both], stdout=subprocess.PIPE) for _ in range(2)]
    assert [process.communicate()[0].decode() for process in running] == [f"{both}\n"] * 2
    assert files_of(both) == files_of(one)


@pytest.mark.slow
def test_children_make_the_store_and_end_with_their_parent(tmp_path):
    index = small_store(tmp_path / "i.zarr", [str(row) for row in range(300)], seed=2)
    one = augmented(tmp_path / "one.zarr", index, "--device", "cpu")
    two = augmented(tmp_path / "two.zarr", index, "--gpus", 2, "--device", "cpu")
    assert files_of(one.path) == files_of(two.path)
    command = [program("gld-rerank"), "augment", index, "--device", "cpu", "--gpus", "2"]
    process = subprocess.Popen([*command, "-o", tmp_path / "killed.zarr"], start_new_session=True)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    augmented(tmp_path / "killed.zarr", index)


def test_wrong_input_is_refused(tmp_path, index):
    def message(*arguments):
        result = run(["gld-rerank", "augment", *map(str, arguments), "-o", tmp_path / "o.zarr"])
        assert (result.exit_code, result.stdout) == (1, "")
        assert not list(tmp_path.glob("o.zarr*"))
        return result.stderr

    empty = small_store(tmp_path / "empty.zarr", [])
    assert message(empty) == f"Error: {empty}: holds no images; expected some to augment\n"
    parts = tmp_path / "p{0..2}.zarr"
    assert message(parts) == (
        f"Error: {parts}: names 3 parts of a store, expected one store, since the nearest of an "
        "image may be in any part; embed the images of all parts as one store\n"
    )
    other = small_store(tmp_path / "other.zarr", IDS, seed=3)
    graph = tmp_path / "graph.tsv"
    assert run(["gld-search", other, "--index", other, "-o", graph]).exit_code == 0
    ours, theirs = (open_store(store).sha256[:12] for store in (index, other))
    assert message(index, "--graph", graph) == (
        f"Error: {graph}: has the queries {other} ({theirs}), expected {index} ({ours}); make "
        f"another by gld-search {index} --index {index} -k 2 -o X.zarr\n"
    )
    long = 2 * vectors_of(index)
    write_store(tmp_path / "long.zarr", [*IDS], np.repeat(long[:1], 12, axis=0), dtype="float32")
    assert message(tmp_path / "long.zarr", "--alpha", 1000) == (
        f"Error: {tmp_path / 'long.zarr'}: row 0 (id 'i00'): a similarity of 4 is too large for "
        "the power 1000; expected about 1 at most, as of vectors of length 1; lower --alpha\n"
    )
