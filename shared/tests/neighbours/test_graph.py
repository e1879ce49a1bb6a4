"""Graphs and tags are those of the very stores that they are used with."""

import re
import shutil

import numpy as np
import pytest
from gld_shared.errors import DataError
from gld_shared.neighbours import open_graph, open_tags
from gld_shared.store import open_store
from gld_shared.store.parts import open_parts
from gld_shared.testing import small_store


def refused(open_it, *arguments):
    with pytest.raises(DataError) as caught:
        open_it(*arguments)
    return str(caught.value)


@pytest.fixture(params=["zarr", "tsv"])
def save(request, tmp_path):
    """Return a function that writes a search in one of the forms."""

    def write(found):
        path = tmp_path / f"g.{request.param}"
        return found.as_zarr(path) if request.param == "zarr" else found.as_table(path)

    return write


@pytest.mark.parametrize("k", [1, 2, 3])
def test_a_graph(index, graph, save, k):
    found = graph(3)
    opened = open_graph(save(found), index, k)
    rows, scores = opened.all()
    assert (opened.n, opened.k) == (600, k)
    assert np.array_equal(rows, found.rows[:, :k]) and np.array_equal(scores, found.scores[:, :k])
    some = np.array([7, 599, 0])
    assert np.array_equal(opened.read(some)[0], found.rows[some, :k])
    assert len(opened.source.sha256) == 64


def test_a_graph_of_few_images(tmp_path, graph, save):
    store = open_store(small_store(tmp_path / "few.zarr", ["a", "b", "c"]))
    found = graph(2)
    found.queries = found.index = store
    found.rows = np.array([[1, 2], [2, 0], [0, 1]])
    found.scores = np.full((3, 2), 0.5, np.float32)
    assert open_graph(save(found), store, 30).k == 2


def test_a_copy_of_the_store_under_another_name(tmp_path, index, graph, save):
    path = save(graph())
    shutil.copytree(index.path, tmp_path / "copy.zarr")
    assert open_graph(path, open_store(tmp_path / "copy.zarr"), 3).k == 3


def test_a_graph_of_another_store(tmp_path, graph, save):
    found = graph()
    path = save(found)
    other = open_store(small_store(tmp_path / "o.zarr", found.index.ids[:], 9))
    assert refused(open_graph, path, other, 3) == (
        f"{path}: has the queries {tmp_path}/i.zarr ({found.index.sha256[:12]}), expected "
        f"{tmp_path}/o.zarr ({other.sha256[:12]}); make another by "
        f"gld-search {tmp_path}/o.zarr --index {tmp_path}/o.zarr -k 3 -o X.zarr"
    )


def test_the_graph_of_parts_is_made_from_their_names(tmp_path, graph, save):
    path = save(graph())
    parts = [small_store(tmp_path / f"{name}.zarr", [name], seed=9) for name in "pq"]
    store = open_parts(list(map(str, parts)))
    assert refused(open_graph, path, store, 3).endswith(
        "; make another by gld-search '{" + f"{parts[0]},{parts[1]}" + "}' "
        "--index '{" + f"{parts[0]},{parts[1]}" + "}' -k 1 -o X.zarr"
    )


@pytest.mark.parametrize("named", ["[null]", '"x"', '[["x", 3]]', "{}"])
def test_a_header_that_names_stores_in_another_form(tmp_path, index, graph, named):
    path = graph().as_table(tmp_path / "g.tsv")
    text = path.read_text()
    path.write_text(re.sub(r'"queries": \[[^]]*\]', f'"queries": {named}', text, count=1))
    assert refused(open_graph, path, index, 3).startswith(
        f"{path}: has the queries none, expected {index.path} ("
    )


def test_a_graph_of_fewer_neighbours(index, graph, save):
    path = save(graph(2))
    assert refused(open_graph, path, index, 3) == (
        f"{path}: has 2 neighbours of each image, expected 3; make another by "
        f"gld-search {index.path} --index {index.path} -k 3 -o X.zarr"
    )


def test_a_table_without_rows_has_no_neighbours(index, graph, tmp_path):
    path = graph().as_table(tmp_path / "g.tsv")
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:2]))
    assert refused(open_graph, path, index, 3) == (
        f"{path}: has 0 neighbours of each image, expected 3; make another by "
        f"gld-search {index.path} --index {index.path} -k 3 -o X.zarr"
    )


def test_a_graph_that_lacks_neighbours(tmp_path, index, graph):
    whole = graph(3).as_table(tmp_path / "whole.tsv")
    lines = whole.read_text().splitlines(keepends=True)
    cut = tmp_path / "cut.tsv"
    cut.write_text("".join(lines[: 2 + 3 * 500 + 1]))
    assert refused(open_graph(cut, index, 3).all) == (
        f"{cut}: has 1 neighbours of {index.ids[500]!r}, expected 3; make another by "
        f"gld-search {index.path} --index {index.path} -k 3 -o X.zarr"
    )
    assert refused(open_graph(cut, index, 3).read, np.array([7, 599])).startswith(
        f"{cut}: has 0 neighbours of {index.ids[599]!r}, expected 3; "
    )
    assert open_graph(cut, index, 3).read(slice(0, 500))[0].shape == (500, 3)
    assert (open_graph(cut, index, 3, may_lack=True).all()[0][501:] == -1).all()


def test_a_graph_that_holds_each_image_itself(index, graph, save):
    path = save(graph(keep_self=True))
    assert refused(open_graph, path, index, 3) == (
        f"{path}: was made with --keep-self, so an image is its own neighbour; make another by "
        f"gld-search {index.path} --index {index.path} -k 3 -o X.zarr"
    )


def test_a_graph_that_was_edited_to_hold_an_image_itself(index, graph, save):
    found = graph(3)
    found.rows[500, 1] = 500
    opened = open_graph(save(found), index, 3)
    for part in (slice(400, 600), np.array([7, 500])):
        assert refused(opened.read, part) == (
            f"{opened.source.path}: has {index.ids[500]!r} among its own neighbours; make another "
            f"by gld-search {index.path} --index {index.path} -k 3 -o X.zarr"
        )
    assert opened.read(slice(0, 500))[0].shape == (500, 3)


def test_reranked_neighbours_are_no_graph(tmp_path, index, graph):
    found = graph()
    header = {**found.header, "k": 3, "keep_self": False}
    step = {**header["history"][-1], "tool": "gld-rerank"}
    path = found.as_zarr(tmp_path / "g.zarr", history=[*header["history"], step])
    assert refused(open_graph, path, index, 3) == (
        f"{path}: was not made by gld-search; make another by "
        f"gld-search {index.path} --index {index.path} -k 3 -o X.zarr"
    )


def test_weighted_similarities_are_no_graph(tmp_path, index, graph):
    path = graph().as_zarr(tmp_path / "g.zarr", weights=[2.0])
    assert refused(open_graph, path, index, 3).startswith(
        f"{path}: has the weights [2.0], expected [1.0]; make another by "
    )


def test_an_approximate_graph_is_named(tmp_path, index, graph, caplog):
    path = graph().as_zarr(tmp_path / "g.zarr", approximate={"factory": "IVF16,PQ8x4fs"})
    assert open_graph(path, index, 3).k == 3
    assert caplog.messages == [f"{path}: is of an approximate search, so some nearest are missing"]


def test_tags(search, save):
    found = search(600, 2)
    opened = open_tags(save(found), found.queries, found.index)
    rows, scores = opened.all()
    assert np.array_equal(rows, found.rows[:, :1]) and np.array_equal(scores, found.scores[:, :1])


def test_several_tags_of_each_image(search, save):
    found = search(600, 3)
    opened = open_tags(save(found), found.queries, found.index, 2)
    rows, scores = opened.all()
    assert np.array_equal(rows, found.rows[:, :2]) and np.array_equal(scores, found.scores[:, :2])


def test_tags_without_an_images_own_id(index, graph, save):
    path = save(graph(1))
    assert refused(open_tags, path, index, index) == (
        f"{path}: was made without --keep-self, but the stores share ids; make another by "
        f"gld-search {index.path} --index {index.path} --keep-self -k 1 -o X.zarr"
    )


def test_tags_of_exchanged_stores(search, save):
    found = search()
    path = save(found)
    assert refused(open_tags, path, found.index, found.queries).startswith(
        f"{path}: has the queries {found.queries.path} ({found.queries.sha256[:12]}), expected "
        f"{found.index.path} ({found.index.sha256[:12]}); make another by "
    )
