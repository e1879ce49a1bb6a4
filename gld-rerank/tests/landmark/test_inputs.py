"""What the landmark rerank opens side by side, and which error of several is reported."""

import os
import threading

import numpy as np
import pytest
from gld_rerank.landmark.inputs import open_inputs
from gld_shared.errors import DataError
from gld_shared.store import write_store
from gld_shared.testing import run

LIST = "id\tpath\tlabel\tcountry\n" + "".join(f"r{row}\tx.jpg\t{row}\tFR\n" for row in range(4))


@pytest.fixture
def inputs(tmp_path):
    """A table, a store of references, and their list."""
    vectors = np.eye(4, dtype=np.float32)
    attributes = {"checkpoint": {"path": "none", "sha256": "none"}, "history": []}
    for name in "qir":
        ids = [f"{name}{row}" for row in range(4)]
        write_store(tmp_path / f"{name}.zarr", ids, vectors, attributes)
    stores = [tmp_path / "q.zarr", "--index", tmp_path / "i.zarr"]
    assert run(["gld-search", *stores, "-o", tmp_path / "n.tsv"]).exit_code == 0
    (tmp_path / "l.tsv").write_text(LIST)
    return tmp_path / "n.tsv", tmp_path / "r.zarr", tmp_path / "l.tsv"


def test_table_references_and_list_are_opened(inputs):
    table, references, labels = inputs
    found, stores, listed = open_inputs(table, [references, references], labels)
    assert found.query_ids == ["q0", "q1", "q2", "q3"]
    assert [store.path for store in stores] == [references, references]
    assert listed.rows["country"].to_list() == ["FR"] * 4
    assert listed.path == str(labels)


@pytest.mark.parametrize("broken", [(0, 1, 2), (1, 2), (2,)])
def test_the_first_that_cannot_be_opened_is_reported(inputs, tmp_path, broken):
    (tmp_path / "bad.tsv").write_text("id\tpath\na\n")
    wrong = [tmp_path / "no.tsv", tmp_path / "no.zarr", tmp_path / "bad.tsv"]
    chosen = [wrong[place] if place in broken else inputs[place] for place in range(3)]
    with pytest.raises(DataError) as raised:
        open_inputs(chosen[0], [chosen[1]], chosen[2])
    assert (
        str(raised.value)
        == [
            f"{wrong[0]}: cannot be read: No such file or directory",
            f"{wrong[1]}: not found; expected an embedding store made by gld-embed",
            f"{wrong[2]}:2: 1 cell, expected 2",
        ][broken[0]]
    )


def test_a_list_may_come_through_a_pipe(inputs, tmp_path):
    table, references, _ = inputs
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=(LIST,))
    writer.start()
    _, _, listed = open_inputs(table, [references], tmp_path / "pipe")
    writer.join()
    assert listed.rows["label"].to_list() == [0, 1, 2, 3]
