"""Neighbours as arrays: what is written is read, and damage is named."""

import json
import shutil

import numpy as np
import polars as pl
import pytest
import zarr
from gld_shared.errors import DataError
from gld_shared.neighbours import (
    NeighbourSpec,
    NeighbourWriter,
    open_arrays,
    open_ranking,
    read_ranked,
)
from gld_shared.neighbours.spec import queries_per_chunk
from gld_shared.sha256 import sha256
from gld_shared.store import open_store
from gld_shared.testing import small_store

RESTORE = "restore the neighbours from a copy, or make them again under another name"


def refused(path, read=None):
    """Return the error of opening neighbours, and reading all of them."""
    with pytest.raises(DataError) as caught:
        (read or (lambda: open_arrays(path).verify()))()
    return str(caught.value)


def flip(file):
    content = bytearray(file.read_bytes())
    content[5] ^= 1
    file.write_bytes(content)


def test_what_is_written_is_read(tmp_path, search):
    found = search()
    arrays = open_arrays(found.as_zarr(tmp_path / "n.zarr"))
    rows, scores = arrays.read(slice(0, 600))
    assert (rows.dtype, scores.dtype) == (np.int64, np.float32)
    assert np.array_equal(rows, found.rows) and np.array_equal(scores, found.scores)
    some = np.array([599, 0, 7])
    assert np.array_equal(arrays.read(some)[0], found.rows[some])
    assert arrays.header == {**found.header, "format": "gld-neighbours/1", "k": 3,
                             "keep_self": False}  # fmt: skip
    recorded = json.loads((tmp_path / "n.zarr/zarr.json").read_text())["attributes"]["digests"]
    assert arrays.sha256 == recorded["sha256"]


def test_zarr_reads_them_too(tmp_path, search):
    found = search()
    group = zarr.open_group(found.as_zarr(tmp_path / "n.zarr"), mode="r")
    assert np.array_equal(group["rows"][:], found.rows)
    assert np.array_equal(group["scores"][:], found.scores)
    assert group["rows"].chunks == (512, 3)


@pytest.mark.parametrize(
    ("n", "k", "expected"),
    [(5, 100, 512), (1129, 100, 512), (10_000, 100, 1024), (100_000, 100, 4096),
     (1_000_000, 100, 4096), (1000, 10_000, 128), (1000, 100_000, 16), (10, 10_000_000, 1)],
)  # fmt: skip
def test_the_queries_of_a_chunk(n, k, expected):
    assert queries_per_chunk(n, k) == expected


@pytest.mark.parametrize("name", ["rows", "scores"])
def test_a_flipped_bit(tmp_path, search, name):
    path = search().as_zarr(tmp_path / "n.zarr")
    flip(path / name / "c/1/0")
    assert refused(path) == (
        f"{path}/{name}/c/1/0: damaged, its checksum does not match; {RESTORE}"
    )


@pytest.mark.parametrize(("name", "size"), [("rows", 24), ("scores", 12)])
def test_a_chunk_cut_short(tmp_path, search, name, size):
    path = search().as_zarr(tmp_path / "n.zarr")
    file = path / name / "c/0/0"
    file.write_bytes(file.read_bytes()[:-9])
    assert refused(path) == (
        f"{file}: {512 * size - 5:,} bytes, expected {512 * size + 4:,}; {RESTORE}"
    )


def test_a_missing_chunk(tmp_path, search):
    path = search().as_zarr(tmp_path / "n.zarr")
    (path / "rows/c/1/0").unlink()
    assert refused(path) == f"{path}/rows/c/1/0: missing (1 of 2 chunks of rows are); {RESTORE}"


def test_chunks_of_another_search(tmp_path, search):
    path = search().as_zarr(tmp_path / "n.zarr")
    for name in ("rows", "scores"):
        shutil.copy(path / name / "c/0/0", path / name / "c/1/0")
    assert refused(path) == f"{path}/rows/c: holds chunks of another search; {RESTORE}"


def test_attributes_that_changed(tmp_path, search):
    path = search().as_zarr(tmp_path / "n.zarr")
    file = path / "zarr.json"
    file.write_text(file.read_text().replace('"keep_self": false', '"keep_self": true'))
    assert refused(path) == f"{path}/zarr.json: changed since the search was finished; {RESTORE}"


def test_attributes_of_another_type(tmp_path, search):
    path = search().as_zarr(tmp_path / "n.zarr")
    metadata = json.loads((path / "zarr.json").read_text())
    metadata["attributes"]["queries"] = 7
    (path / "zarr.json").write_text(json.dumps(metadata))
    assert refused(path) == (
        f"{path}/zarr.json: attributes.queries: expected a list, got 7; {RESTORE}"
    )


def test_an_embedding_store_is_no_neighbours(index):
    assert refused(index.path) == (
        f"{index.path}: format is 'gld-embeddings/1', expected 'gld-neighbours/1', "
        "neighbours as Zarr made by gld-search -o NAME.zarr"
    )


def test_a_folder_is_no_neighbours(tmp_path):
    assert refused(tmp_path) == (
        f"{tmp_path}: not a Zarr v3 group; expected neighbours as Zarr made by gld-search "
        "-o NAME.zarr"
    )


def test_nothing_there(tmp_path):
    path = tmp_path / "n.zarr"
    expected = "expected neighbours made by gld-search or gld-rerank"
    assert refused(path) == f"{path}: not found; {expected}"


def test_unfinished(tmp_path, search):
    found, path = search(), tmp_path / "n.zarr"
    NeighbourWriter(path, NeighbourSpec(600, 3, {**found.header, "k": 3, "keep_self": False}))
    assert refused(path) == (
        f"{path}: not finished, only {path}.partial is there; "
        "run the command that makes it again, it resumes where it stopped"
    )


def foreign(path, found, layout, **changes):
    """Write a group with another program."""
    attributes = {"format": "gld-neighbours/1", **found.header, "k": 3, "keep_self": False}
    group = zarr.create_group(path, attributes=attributes)
    for name, values in (("rows", found.rows), ("scores", found.scores)):
        group.create_array(name, data=changes.get(name, values), **layout)
    return path


PLAIN = {"chunks": (64, 3), "compressors": zarr.codecs.Crc32cCodec()}


@pytest.mark.parametrize(
    ("layout", "changes", "fault"),
    [
        (
            {"compressors": zarr.codecs.ZstdCodec()},
            {},
            "rows: has other codecs or chunks than gld writes; expected chunks of whole rows, "
            "little-endian, without compression, and the codec crc32c last",
        ),
        (PLAIN, {}, "has no attribute digests, which finished neighbours have"),
        (
            {**PLAIN, "chunks": "auto"},
            {"scores": np.zeros((600, 2), "f4")},
            "rows have shape (600, 3) and scores (600, 2), expected the same",
        ),
    ],
)
def test_the_arrays_of_another_program(tmp_path, search, layout, changes, fault):
    path = foreign(tmp_path / "n.zarr", search(), layout, **changes)
    assert refused(path) == f"{path}: {fault}; {RESTORE}"


def test_arrays_of_two_lengths(tmp_path, search):
    found = search()
    path = foreign(tmp_path / "n.zarr", found, PLAIN, rows=found.rows[:9])
    assert refused(path) == f"{path}: 9 rows and 600 scores; {RESTORE}"


def test_rows_of_another_type(tmp_path, search):
    found = search()
    path = foreign(tmp_path / "n.zarr", found, PLAIN, rows=found.rows.astype(np.int32))
    assert refused(path) == (
        f'{path}/rows/zarr.json: data_type: expected "int64", got "int32"; {RESTORE}'
    )


@pytest.mark.parametrize(
    ("rows", "scores", "fault"),
    [
        ([5, -2, -1], [3, 2, 1], "a row is less than -1"),
        ([5, -1, 4], [3, 2, 1], "a neighbour comes after -1, which is none"),
        ([5, 4, 3], [3, np.nan, 1], "a score is not a number"),
        ([5, 4, 3], [3, 1, 2], "a score rises; expected best first"),
        ([5, 4, 5], [3, 2, 1], "a row of the index appears twice"),
    ],
)
def test_neighbours_that_break_a_rule(tmp_path, search, rows, scores, fault):
    found = search()
    found.rows[570], found.scores[570] = rows, scores
    path = found.as_zarr(tmp_path / "n.zarr")
    assert refused(path) == f"{path}: row 570: {fault}; {RESTORE}"


def test_a_row_that_the_index_does_not_have(tmp_path, search):
    found = search()
    found.rows[570, 2] = 600
    path = found.as_zarr(tmp_path / "n.zarr")
    message = f"{path}: names row 600 of an index of 600 images; {RESTORE}"
    assert refused(path, lambda: read_ranked(path)) == message

    def read():
        with open_ranking(path) as ranking:
            pl.concat(ranking.blocks())

    assert refused(path, read) == message


def test_a_store_made_again_since(tmp_path, search):
    found = search()
    path = found.as_zarr(tmp_path / "n.zarr")
    before = found.index.sha256
    shutil.rmtree(tmp_path / "i.zarr")
    small_store(tmp_path / "i.zarr", found.index.ids[::-1], 7)
    now = open_store(tmp_path / "i.zarr").sha256
    assert refused(path, lambda: read_ranked(path)) == (
        f"{path}: was made from {tmp_path}/i.zarr with sha256 {before[:12]}, which now has "
        f"{now[:12]}; the store has been made again since, so search again"
    )


def test_other_settings_are_not_resumed(tmp_path, search):
    found, path = search(), tmp_path / "n.zarr"
    header = {**found.header, "k": 3, "keep_self": False}
    NeighbourWriter(path, NeighbourSpec(600, 3, header))
    other = {**header, "k": 4, "keep_self": True}
    assert refused(path, lambda: NeighbourWriter(path, NeighbourSpec(600, 4, other))) == (
        f"{path}.partial: was made with another k (3, now 4), keep_self (False, now True), "
        "shape ([600, 3], now [600, 4]); choose another output, or move this one away"
    )


def test_other_stores_are_not_resumed(tmp_path, search, graph):
    found, path = search(), tmp_path / "n.zarr"
    NeighbourWriter(path, NeighbourSpec(600, 3, {**found.header, "k": 3, "keep_self": False}))
    other = {**graph().header, "k": 3, "keep_self": False}
    assert refused(path, lambda: NeighbourWriter(path, NeighbourSpec(600, 3, other))) == (
        f"{path}.partial: was made with another "
        f"queries ([{tmp_path}/q.zarr with sha256 {found.queries.sha256[:12]}], "
        f"now [{tmp_path}/i.zarr with sha256 {found.index.sha256[:12]}]); "
        "choose another output, or move this one away"
    )


def test_another_file_beside_the_stores_is_not_resumed(tmp_path, search):
    found, path = search(), tmp_path / "n.zarr"

    def spec(digest):
        header = {**found.header, "k": 3, "keep_self": False}
        header["history"][-1]["inputs"].append({"path": "i.faiss", "sha256": digest})
        return NeighbourSpec(600, 3, header)

    NeighbourWriter(path, spec("a" * 64))
    assert refused(path, lambda: NeighbourWriter(path, spec("b" * 64))) == (
        f"{path}.partial: was made with another file ([i.faiss with sha256 aaaaaaaaaaaa], now "
        "[i.faiss with sha256 bbbbbbbbbbbb]); choose another output, or move this one away"
    )


def test_damaged_chunks_of_an_unfinished_search_are_made_again(tmp_path, search, caplog):
    found, path = search(), tmp_path / "n.zarr"
    whole = found.as_zarr(tmp_path / "whole.zarr")
    spec = NeighbourSpec(600, 3, {**found.header, "k": 3, "keep_self": False})
    writer = NeighbourWriter(path, spec)
    writer.write_chunk(0, found.rows[:512], found.scores[:512])
    flip(tmp_path / "n.zarr.partial/scores/c/0/0")
    again = NeighbourWriter(path, spec)
    assert again.missing_chunks() == [0, 1]
    assert caplog.messages == [
        f"{path}.partial/scores/c/0/0: damaged, its checksum does not match; made again"
    ]
    again.write_chunk(0, found.rows[:512], found.scores[:512])
    again.write_chunk(1, found.rows[512:], found.scores[512:])
    assert sha256(again.finish()) == sha256(whole)
