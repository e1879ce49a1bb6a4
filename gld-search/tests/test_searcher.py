import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from gld_search import Search, Searcher, search, search_to_zarr
from gld_shared.errors import DataError
from gld_shared.store import open_store
from gld_shared.store.parts import open_parts
from gld_shared.testing import small_store


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return small_store(tmp_path_factory.mktemp("store") / "x.zarr", [f"x{n}" for n in range(3000)])


def test_the_nearest_rows_and_their_ids(store):
    searcher, vectors = Searcher(open_store(store)), open_store(store).read(slice(0, 5))
    scores, rows = searcher.search(vectors, 3)
    assert (scores.shape, scores.dtype, rows[:, 0].tolist()) == ((5, 3), np.float32, [*range(5)])
    assert searcher.ids(rows).tolist() == [[f"x{row}" for row in found] for found in rows]


def test_threads_find_the_same_as_one_call(store):
    searcher, vectors = Searcher(open_store(store)), open_store(store).read(slice(0, 400))
    scores, rows = searcher.search(vectors, 20)
    fresh = Searcher(open_store(store))
    with ThreadPoolExecutor(8) as pool:
        parts = pool.map(lambda part: fresh.search(part, 20), np.split(vectors, 40))
        names = pool.map(fresh.ids, np.split(rows, 40))
        found = [np.concatenate(side) for side in zip(*parts, strict=True)]
        assert np.concatenate(list(names)).tolist() == searcher.ids(rows).tolist()
    np.testing.assert_array_equal(found[0], scores)
    np.testing.assert_array_equal(found[1], rows)


def test_no_vectors_have_no_neighbours_in_arrays_of_the_usual_width(store):
    scores, rows = Searcher(open_store(store)).search(np.empty((0, 8), np.float32), 5)
    assert (scores.shape, scores.dtype) == (rows.shape, np.float32) == ((0, 5), np.float32)


ONES = np.ones((3, 8), np.float32)


def changed(value, row=1):
    vectors = ONES.copy()
    vectors[row, 2] = value
    return vectors


@pytest.mark.parametrize(
    ("vectors", "line"),
    [
        (
            ONES.tolist(),
            "are of type list, expected a numpy array; np.asarray(vectors) makes one",
        ),
        (
            np.ma.masked_array(ONES, ONES > 2),
            "are of type MaskedArray, expected a numpy array; np.asarray(vectors) makes one",
        ),
        (
            ONES.astype(int),
            "have type int64, expected float16, float32 or float64; convert them with "
            "vectors.astype(np.float32)",
        ),
        (
            ONES.astype(complex),
            "have type complex128, expected float16, float32 or float64; convert them with "
            "vectors.astype(np.float32)",
        ),
        (
            ONES[:, :7],
            "have shape (3, 7), expected (q, 8), as those of {}; make them with the checkpoint and "
            "the image settings of the store",
        ),
        (
            ONES[0],
            "have shape (8,), expected (q, 8), as those of {}; pass a single vector as "
            "vectors[None]",
        ),
        (
            ONES[None],
            "have shape (1, 3, 8), expected (q, 8), as those of {}; reshape them with "
            "vectors.reshape(-1, 8)",
        ),
        *(
            (
                changed(value),
                "row 1: its vector is not finite; leave the row out, or embed its image again",
            )
            for value in (np.nan, np.inf, -np.inf)
        ),
        (
            ONES * np.array([[1], [1], [0]], np.float32),
            "row 2: its vector has length 0, expected 1e-15 to 1e+15; leave the row out, or embed "
            "its image again",
        ),
        (
            changed(3e38, row=0),
            "row 0: its vector has length 3e+38, expected 1e-15 to 1e+15; leave the row out, or "
            "embed its image again",
        ),
    ],
)
def test_vectors_that_cannot_be_searched(store, vectors, line, recwarn):
    with pytest.raises(DataError) as caught:
        Searcher(open_store(store)).search(vectors, 3)
    assert str(caught.value) == f"vectors: {line.format(store)}"
    assert not recwarn.list


@pytest.mark.parametrize("k", [0, -1, 2.0, True, None, "3"])
def test_a_k_that_is_no_number_of_neighbours(store, k):
    opened = open_store(store)
    for search_with in (
        lambda: Searcher(opened).search(ONES, k),
        lambda: search([opened], [opened], k),
    ):
        with pytest.raises(DataError) as caught:
            search_with()
        assert str(caught.value) == f"k: is {k!r}, expected a whole number of neighbours, 1 or more"


@pytest.mark.parametrize("queries", [range(3, 9_999), range(-1, 2), range(0, 4, 2), 3, [0, 1]])
def test_queries_that_are_not_in_the_store(store, queries):
    opened = open_store(store)
    with pytest.raises(DataError) as caught:
        Search([opened], [opened], 3).find(queries)
    assert str(caught.value) == (
        f"queries: are {queries!r}, expected rows within range(0, {opened.n})"
    )


def test_a_device_that_is_not_there_is_refused_at_once(store):
    opened = open_store(store)
    line = f"this machine has {torch.cuda.device_count()} CUDA devices; use cpu or auto"
    for device, reason in (("cuda:99", line), ("gpu", "expected auto, cpu, cuda or cuda:N")):
        for search_on in (
            lambda device=device: Searcher(opened, device),
            lambda device=device: search([opened], [opened], 3, device),
            lambda device=device: Search([opened], [opened], 3).find(range(2), device),
        ):
            with pytest.raises(DataError) as caught:
                search_on()
            assert str(caught.value) == f"device {device}: {reason}"


def test_every_floating_type_and_order_in_memory_finds_the_same(store):
    searcher, vectors = Searcher(open_store(store), "auto"), changed(0.5)
    expected = searcher.search(vectors, np.int64(4))
    for same in (
        vectors.astype(np.float64),
        vectors.astype(np.float16),
        np.asfortranarray(vectors),
    ):
        for ours, theirs in zip(searcher.search(same, 4), expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ([0], "are of type list, expected a numpy array; np.asarray(rows) makes one"),
        (np.array([0.5]), "have type float64, expected integers, as search returns them"),
        *(
            (
                np.array([[0, row]]),
                f"hold {row}, expected 0 to 2999, as search returns them; leave out rows of -1, "
                "which are none",
            )
            for row in (-1, 3000)
        ),
    ],
)
def test_rows_that_have_no_ids(store, rows, line):
    with pytest.raises(DataError) as caught:
        Searcher(open_store(store)).ids(rows)
    assert str(caught.value) == f"rows: {line}"


def test_an_index_in_parts(store, tmp_path):
    more = small_store(tmp_path / "more.zarr", [f"y{n}" for n in range(50)], seed=1)
    searcher = Searcher(open_parts([str(store), str(more)]))
    _, rows = searcher.search(open_store(more).read(slice(0, 3)), 1)
    names = [["y0"], ["y1"], ["y2"]]
    assert searcher.ids(rows).tolist() == searcher.ids(rows.astype(np.uint64)).tolist() == names


OPEN = "expected a list of open stores, such as [open_store('X.zarr')]"


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (lambda _: Searcher("x.zarr"), "store: 'x.zarr' is of type str, expected an open store, "
         "such as open_store('X.zarr')"),
        (lambda store: search(["q.zarr"], [store], 3), "queries: 'q.zarr' is of type str, "
         "expected an open store, such as open_store('X.zarr')"),
        (lambda store: search([store], store, 3), f"indexes: is of type EmbeddingStore, {OPEN}"),
        (lambda store: search([], [store], 3), f"queries: are none, {OPEN}"),
        (lambda store: search([store], [store], 3, weights=[np.nan]),
         "the weight nan is out of range; expected 0, or 1e-06 to 1e+06"),
        (lambda store: search([store], [store], 3, weights=[1e-60]),
         "the weight 1e-60 is out of range; expected 0, or 1e-06 to 1e+06"),
        (lambda store: search_to_zarr(Search([store], [store], 3), "n.zarr", engine="slurm"),
         "engine: is 'slurm', expected local or ray"),
        (lambda store: search_to_zarr(Search([store], [store], 3), "n.zarr", processes=0),
         "processes: is 0, expected 1 or more"),
    ],
)  # fmt: skip
def test_other_arguments_from_python(store, make, line):
    opened = open_store(store)
    with pytest.raises(DataError) as caught:
        make(opened)
    assert str(caught.value) == line


def test_progress_counts_pairs_of_queries_and_rows(store):
    counts = []
    opened = open_store(store)
    for _ in search([opened], [opened], 5, advance=lambda count, _=None: counts.append(count)):
        pass
    assert sum(counts) == 3000 * 3000


def test_a_store_that_is_made_again_while_it_is_held_open(tmp_path):
    ids = [f"x{n}" for n in range(40)]
    path = small_store(tmp_path / "x.zarr", ids)
    searcher, vectors = Searcher(open_store(path)), open_store(path).read(slice(0, 2))
    shutil.rmtree(path)
    small_store(path, ids[::-1])
    with pytest.raises(DataError) as error:
        searcher.search(vectors, 1)
    assert str(error.value) == (
        f"{path}: was replaced since it was opened; open it again, or run the same command again"
    )
