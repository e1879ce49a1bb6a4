"""The check of the files that a history names: files, tables, stores and neighbours as Zarr."""

import gzip
import os
import signal
import threading
import time

import google_crc32c
import numpy as np
import pytest
from gld_shared import provenance
from gld_shared.neighbours import open_arrays, write_neighbours
from gld_shared.sha256 import sha256
from gld_shared.store.reader import open_store
from gld_shared.store.writer import write_store
from gld_shared.verification import verify, verify_chunks
from gld_shared.work.end_signals import Ended, raising_ended


def remedy(tool):
    return f"; restore it from a copy, or run {tool} and the commands after it again"


def entry(path):
    return provenance.input_entry(path, sha256(path))


def test_verify_names_the_changed_file_nearest_to_the_result_first(tmp_path):
    listed, stored = tmp_path / "list.tsv", tmp_path / "x.zarr"
    listed.write_text("1")
    stored.write_text("2")
    chain = [
        provenance.step("gld-embed", "1", [], [entry(listed)]),
        provenance.step("gld-search", "1", [], [entry(stored), provenance.input_entry("-", "0")]),
    ]
    assert verify(chain) == []
    was = sha256(stored)[:12]
    stored.write_text("3")
    listed.unlink()
    assert verify(chain) == [
        f"{stored}: sha256 is {sha256(stored)[:12]}, but gld-search read {was}"
        + remedy("gld-search"),
        f"{listed}: missing; gld-embed read it with sha256 6b86b273ff34" + remedy("gld-embed"),
    ]


def test_files_are_read_in_parallel(tmp_path, monkeypatch):
    files = [tmp_path / name for name in ("a", "b")]
    for file in files:
        file.write_text(file.name)
    chain = [provenance.step("gld-search", "1", [], [entry(file) for file in files])]
    both = threading.Barrier(2, timeout=30)

    def once_both_are_read(path, check):
        both.wait()
        return sha256(path, check)

    monkeypatch.setattr("gld_shared.verification.os.cpu_count", lambda: 2)
    monkeypatch.setattr("gld_shared.verification.sha256", once_both_are_read)
    assert verify(chain) == []


def test_a_compressed_table_matches_by_its_text(tmp_path):
    listed = tmp_path / "list.tsv"
    listed.write_text("id\tpath\na\ta.jpg\n")
    chain = [provenance.step("gld-embed", "1", [], [entry(listed)])]
    listed.write_bytes(gzip.compress(listed.read_bytes()))
    assert verify(chain) == []
    listed.write_bytes(gzip.compress(b"id\tpath\nb\tb.jpg\n", mtime=0))
    assert verify(chain) == [
        f"{listed}: sha256 is {sha256(listed)[:12]}, but gld-embed read "
        f"{chain[0]['inputs'][0]['sha256'][:12]}" + remedy("gld-embed")
    ]


def test_a_compressed_table_that_is_damaged_differs_and_others_are_checked(tmp_path):
    listed, other = tmp_path / "list.tsv.gz", tmp_path / "other.tsv"
    listed.write_bytes(gzip.compress(b"id\tpath\na\ta.jpg\n"))
    other.write_text("x")
    chain = [
        provenance.step("gld-lists", "1", [], [entry(other)]),
        provenance.step("gld-embed", "1", [], [entry(listed)]),
    ]
    was = [each["inputs"][0]["sha256"][:12] for each in chain]
    listed.write_bytes(listed.read_bytes()[:-9])
    other.write_text("y")
    assert verify(chain) == [
        f"{listed}: sha256 is {sha256(listed)[:12]}, but gld-embed read {was[1]}"
        + remedy("gld-embed"),
        f"{other}: sha256 is {sha256(other)[:12]}, but gld-lists read {was[0]}"
        + remedy("gld-lists"),
    ]


def test_weights_that_are_a_zip_archive_are_compared_as_bytes(tmp_path):
    weights = tmp_path / "w.pth"
    weights.write_bytes(b"PK\x03\x04 one")
    chain = [provenance.step("gld-train", "1", [], [entry(weights)])]
    was = sha256(weights)[:12]
    weights.write_bytes(b"PK\x03\x04 two")
    assert verify(chain) == [
        f"{weights}: sha256 is {sha256(weights)[:12]}, but gld-train read {was}"
        + remedy("gld-train")
    ]


def test_what_is_no_file_is_named_and_not_read(tmp_path):
    pipe, long = tmp_path / "pipe", tmp_path / ("x" * 300)
    os.mkfifo(pipe)
    below = pipe / "list.tsv"
    inputs = [provenance.input_entry(path, "0" * 64) for path in (pipe, long, below, "/dev/zero")]
    assert verify([provenance.step("gld-embed", "1", [], inputs)]) == [
        problem + remedy("gld-embed")
        for problem in (
            f"{pipe}: neither a file nor a folder; gld-embed read one",
            f"{long}: cannot be read: File name too long; gld-embed read it",
            f"{below}: missing; gld-embed read it with sha256 000000000000",
            "/dev/zero: neither a file nor a folder; gld-embed read one",
        )
    ]


@pytest.fixture
def store(tmp_path):
    vectors = np.eye(200, 4, dtype=np.float32)
    vectors[4:, 0] = 1
    return open_store(write_store(tmp_path / "x.zarr", [str(row) for row in range(200)], vectors))


def chain_of(source):
    return [
        provenance.step("gld-search", "1", [], [provenance.input_entry(source.path, source.sha256)])
    ]


def forge(chunk):
    """Change a chunk's first value, and its checksum with it, so that reading notices nothing."""
    data = bytearray(chunk.read_bytes()[:-4])
    data[0] ^= 1
    chunk.write_bytes(data + google_crc32c.value(bytes(data)).to_bytes(4, "little"))


def restored(folder):
    return (
        f"; restore the file from a copy, or remove it, rename {folder} to {folder}.partial and "
        f"repeat the command that made {folder}"
    )


def test_a_store_is_verified_chunk_by_chunk(store):
    chain, second = chain_of(store), store.path / "vectors/c/1/0"
    assert verify(chain) == []
    digest = sha256(second)[:12]
    forge(second)
    assert verify(chain) == [
        f"{second}: sha256 is {sha256(second)[:12]}, but gld-search read {digest}"
        + restored(store.path)
    ]
    assert verify_chunks(store.path) == [
        f"{second}: sha256 is {sha256(second)[:12]}, but {store.path} records {digest}"
        + restored(store.path)
    ]
    second.unlink()
    assert verify(chain) == [
        f"{second}: cannot be read: No such file or directory; gld-search read {digest}"
        + restored(store.path)
    ]


def test_a_store_that_was_made_again_is_named_and_not_read(store):
    chain = chain_of(store)
    again = write_store(store.path.with_name("y.zarr"), ["a"], np.ones((1, 4), np.float32))
    store.path.rename(store.path.with_name("was.zarr"))
    again.rename(store.path)
    assert verify(chain) == [
        f"{store.path}: sha256 is {open_store(store.path).sha256[:12]}, but gld-search read "
        f"{store.sha256[:12]}" + remedy("gld-search")
    ]


def test_a_store_whose_metadata_is_damaged(store):
    chain, metadata = chain_of(store), store.path / "zarr.json"
    metadata.write_bytes(metadata.read_bytes().replace(store.sha256.encode(), b"0" * 64))
    assert verify(chain) == [
        f"{metadata}: damaged (attribute digests); restore the store from a copy, or embed again "
        "under another name"
    ]


def test_a_store_of_an_older_release_is_compared_whole(store):
    group = store.path / "zarr.json"
    group.write_text(group.read_text().replace('digests"', 'older"'))
    older = open_store(store.path)
    assert older.sha256 == sha256(store.path)
    chain = chain_of(older)
    assert verify(chain) == []
    forge(store.path / "vectors/c/0/0")
    assert verify(chain) == [
        f"{store.path}: sha256 is {sha256(store.path)[:12]}, but gld-search read "
        f"{older.sha256[:12]}" + remedy("gld-search")
    ]


def test_neighbours_as_zarr_are_verified_chunk_by_chunk(tmp_path):
    rows, scores = np.zeros((300, 1), np.int64), np.ones((300, 1), np.float32)
    header = {"queries": ["q.zarr"], "index": ["i.zarr"], "k": 1, "keep_self": True, "history": []}
    arrays = open_arrays(write_neighbours(tmp_path / "n.zarr", rows, scores, header))
    chain, chunk = chain_of(arrays), arrays.path / "scores/c/0/0"
    assert verify(chain) == verify_chunks(arrays.path) == []
    digest = sha256(chunk)[:12]
    forge(chunk)
    assert verify(chain) == [
        f"{chunk}: sha256 is {sha256(chunk)[:12]}, but gld-search read {digest}"
        + restored(arrays.path)
    ]


def test_a_signal_ends_the_check_of_a_huge_file_at_once(tmp_path):
    huge = tmp_path / "huge.tar"
    with huge.open("wb") as stream:
        stream.truncate(1 << 36)
    chain = [provenance.step("gld-embed", "1", [], [provenance.input_entry(huge, "0" * 64)])]
    threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGTERM]).start()
    begin = time.monotonic()
    with pytest.raises(Ended), raising_ended():
        verify(chain)
    assert time.monotonic() - begin < 10
