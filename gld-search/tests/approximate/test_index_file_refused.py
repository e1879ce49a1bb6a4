"""Index files that are refused: of other stores, or not as their sidecar describes them."""

import os
from pathlib import Path

import pytest
from gld_shared import testing
from gld_shared.sha256 import sha256
from gld_shared.store import open_store, write_store
from gld_shared.testing import run

from .commands import AGAIN, IVF, THREE, TWO, WHOLE, done, refused

pytestmark = pytest.mark.usefixtures("folder")
ATTRIBUTES = {"checkpoint": {"path": "random:none", "sha256": "0"}, "normalized": True}
REMEDY = "build the index file of these stores with --factory and another --index-file"


def test_an_index_file_of_another_store_is_refused(images):
    done(*WHOLE, "--factory", IVF)
    write_store("other.zarr", [f"o{n}" for n in range(3000)], images[::-1], ATTRIBUTES)
    other = ["gld-search", "queries.zarr", "--index", "other.zarr", "--index-file", "i.faiss"]
    digests = [open_store(name).sha256[:12] for name in ("index.zarr", "other.zarr")]
    assert refused(*other) == (
        f"Error: i.faiss: is of index.zarr with sha256 {digests[0]}, but other.zarr has "
        f"{digests[1]}; {REMEDY}"
    )


def test_all_stores_of_an_index_file_are_named():
    done(*THREE, "--factory", IVF)
    assert refused(*TWO) == (
        "Error: i.faiss: is also of p2.zarr, which is not in --index; name all of its stores, or "
        f"{REMEDY}"
    )


def test_another_factory_than_that_of_the_file():
    done(*WHOLE, "--factory", IVF)
    assert refused(*WHOLE, "--factory", "Flat") == (
        f"Error: i.faiss: is of --factory {IVF}, not Flat; leave out --factory, or name another "
        "--index-file"
    )


def test_another_seed_than_that_of_the_file():
    done(*WHOLE, "--factory", IVF, "--seed", "7")
    line = "Error: i.faiss: is of --seed 7, not {}; leave out --seed, or name another --index-file"
    assert refused(*WHOLE, "--seed", "5") == line.format(5)
    assert refused(*WHOLE, "--append", "--seed", "0") == line.format(0)
    for fitting in ([], ["--seed", "7"]):
        done(*WHOLE, *fitting)


def test_a_seed_that_only_draws_the_queries_of_recall_is_a_warning():
    done(*WHOLE, "--factory", IVF, "--seed", "7")
    messages = testing.succeeded([*WHOLE, "--recall", "5", "--seed", "5"]).stderr.splitlines()
    assert messages[0] == (
        "gld-search: i.faiss: is of --seed 7; --seed 5 draws the queries of --recall only"
    )
    assert messages[1].startswith("gld-search: recall of 5 queries against exact search: ")
    same = testing.succeeded([*WHOLE, "--recall", "5", "--seed", "7"]).stderr.splitlines()
    assert len(same) == 1
    one = testing.succeeded([*WHOLE, "--recall", "1"]).stderr
    assert one.startswith("gld-search: recall of 1 query against exact search: ")


def test_no_index_file_and_no_factory():
    assert refused(*WHOLE) == (
        "Error: i.faiss: not found; build it with --factory, such as IVF4096,PQ64x4fs"
    )


def test_a_file_of_another_program_in_the_sidecar_s_place_is_kept():
    Path("i.faiss.json").write_text('{"precious": 1}')
    assert refused(*WHOLE, "--factory", IVF) == (
        "Error: i.faiss.json: exists and is not the sidecar of an index file, which would replace "
        "it; move it away, or name another --index-file"
    )
    assert Path("i.faiss.json").read_text() == '{"precious": 1}'
    assert not Path("i.faiss").exists()


def test_a_sidecar_whose_index_file_is_gone_is_replaced():
    done(*WHOLE, "--factory", IVF)
    Path("i.faiss").unlink()
    done(*WHOLE, "--factory", "Flat")
    done(*WHOLE)


def test_an_index_file_without_its_sidecar_is_not_opened(monkeypatch):
    done(*WHOLE, "--factory", IVF)
    monkeypatch.setattr("gld_search.approximate.index_file._read", None)
    Path("i.faiss.json").rename("sidecar")
    assert refused(*WHOLE) == (
        "Error: i.faiss: has no i.faiss.json beside it; FAISS trusts the file that it parses, so "
        f"only one that gld-search made is opened; {AGAIN}"
    )
    sidecar = Path("sidecar").read_bytes()
    Path("i.faiss.json").write_bytes(sidecar.replace(b'"images": 3000', b'"images": 3001', 1))
    assert refused(*WHOLE) == (f"Error: i.faiss.json: does not match its checksum; {AGAIN}")


@pytest.mark.parametrize("change", ["cut", "flipped", "hostile"])
def test_a_file_that_its_sidecar_does_not_describe_is_not_opened(change, monkeypatch):
    done(*WHOLE, "--factory", IVF)
    monkeypatch.setattr("gld_search.approximate.index_file._read", None)
    data = bytearray(Path("i.faiss").read_bytes())
    described = sha256("i.faiss")[:12]
    if change == "cut":
        del data[-1:]
    elif change == "flipped":
        data[len(data) // 2] ^= 1
    else:
        data = b"IwPQ" + b"\xff" * 1000
    Path("i.faiss").write_bytes(data)
    found = sha256("i.faiss")[:12]
    for command in (WHOLE, [*WHOLE, "--append"], [*WHOLE, "--factory", IVF]):
        assert refused(*command) == (
            f"Error: i.faiss: sha256 is {found}, but i.faiss.json describes a file of "
            f"{described}; {AGAIN}"
        )


@pytest.mark.parametrize(
    ("other", "fault"),
    [
        ("pipe", "is a named pipe, expected an index file"),
        ("/dev/zero", "is a device, expected an index file"),
        ("huge", "21,474,836,480 bytes, but i.faiss.json describes a file of {size:,}"),
    ],
)
def test_what_is_no_index_file_is_not_hashed(other, fault):
    done(*WHOLE, "--factory", IVF)
    size = Path("i.faiss").stat().st_size
    Path("i.faiss").unlink()
    if other == "pipe":
        os.mkfifo("i.faiss")
    elif other == "huge":
        with Path("i.faiss").open("wb") as stream:
            stream.truncate(20 << 30)
    else:
        Path("i.faiss").symlink_to(other)
    assert refused(*WHOLE) == f"Error: i.faiss: {fault.format(size=size)}; {AGAIN}"


def test_a_factory_that_takes_no_new_vectors():
    done(*TWO, "--factory", "NSG8,Flat")
    before = sha256("i.faiss")
    line = refused(*THREE, "--append")
    assert line.startswith("Error: --factory NSG8,Flat: vectors cannot be added: ")
    assert line.endswith(
        "; use another factory, which adds vectors at any time, such as IVF4096,PQ64x4fs"
    )
    assert sha256("i.faiss") == before


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (
            ["--index-file", "here"],
            "Error: Invalid value for '--index-file': File 'here' is a directory.",
        ),
        (
            ["--index-file", "n.tsv", "-o", "n.tsv"],
            "Error: n.tsv: is both --index-file and -o; give each a name of its own",
        ),
        (
            ["--index-file", "i.faiss", "-o", "i.faiss.json"],
            "Error: i.faiss.json: describes --index-file i.faiss; name another output",
        ),
        (
            ["--index-file", "i.faiss", "-o", ".i.faiss.lock"],
            "Error: .i.faiss.lock: locks --index-file i.faiss; name another output",
        ),
        (
            ["--index-file", "index.zarr/i.faiss"],
            "Error: index.zarr/i.faiss: is inside index.zarr, a store that is read as --index; "
            "name another output",
        ),
    ],
)
def test_index_files_that_cannot_be(options, line):
    Path("here").mkdir()
    result = run(
        ["gld-search", "queries.zarr", "--index", "index.zarr", "--factory", IVF, *options]
    )
    assert (result.exit_code != 0, result.stdout) == (True, "")
    assert result.stderr.splitlines()[-1] == line
