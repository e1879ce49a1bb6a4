import gzip
import os

from gld_shared import provenance
from gld_shared.files import sha256


def entry(path):
    return provenance.input_entry(path, sha256(path))


def test_histories_merge_each_step_once():
    first, second, last = (provenance.step(name, "1", [], []) for name in "abc")
    assert provenance.extend([[first], [first, second]], last) == [first, second, last]


def test_verify_names_the_changed_file_nearest_to_the_result_first(tmp_path):
    listed, stored = tmp_path / "list.tsv", tmp_path / "x.zarr"
    listed.write_text("1")
    stored.write_text("2")
    chain = [
        provenance.step("gld-embed", "1", [], [entry(listed)]),
        provenance.step("gld-search", "1", [], [entry(stored), provenance.input_entry("-", "0")]),
    ]
    assert provenance.verify(chain) == []
    was = sha256(stored)[:12]
    stored.write_text("3")
    listed.unlink()
    assert provenance.verify(chain) == [
        f"{stored}: sha256 is {sha256(stored)[:12]}, but gld-search read {was}",
        f"{listed}: missing; gld-embed read it with sha256 6b86b273ff34",
    ]


def test_a_compressed_table_matches_by_its_text(tmp_path):
    listed = tmp_path / "list.tsv"
    listed.write_text("id\tpath\na\ta.jpg\n")
    chain = [provenance.step("gld-embed", "1", [], [entry(listed)])]
    listed.write_bytes(gzip.compress(listed.read_bytes()))
    assert provenance.verify(chain) == []
    listed.write_bytes(gzip.compress(b"id\tpath\nb\tb.jpg\n", mtime=0))
    assert provenance.verify(chain) == [
        f"{listed}: sha256 is {sha256(listed)[:12]}, but gld-embed read "
        f"{chain[0]['inputs'][0]['sha256'][:12]}"
    ]


def test_weights_that_are_a_zip_archive_are_compared_as_bytes(tmp_path):
    weights = tmp_path / "w.pth"
    weights.write_bytes(b"PK\x03\x04 one")
    chain = [provenance.step("gld-train", "1", [], [entry(weights)])]
    was = sha256(weights)[:12]
    weights.write_bytes(b"PK\x03\x04 two")
    assert provenance.verify(chain) == [
        f"{weights}: sha256 is {sha256(weights)[:12]}, but gld-train read {was}"
    ]


def test_what_is_no_file_is_named_and_not_read(tmp_path):
    pipe, long = tmp_path / "pipe", tmp_path / ("x" * 300)
    os.mkfifo(pipe)
    below = pipe / "list.tsv"
    inputs = [provenance.input_entry(path, "0" * 64) for path in (pipe, long, below, "/dev/zero")]
    assert provenance.verify([provenance.step("gld-embed", "1", [], inputs)]) == [
        f"{pipe}: neither a file nor a folder; gld-embed read one",
        f"{long}: cannot be read: File name too long; gld-embed read it",
        f"{below}: missing; gld-embed read it with sha256 000000000000",
        "/dev/zero: neither a file nor a folder; gld-embed read one",
    ]
