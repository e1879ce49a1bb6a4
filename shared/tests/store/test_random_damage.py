"""Damage to any file of a store, or of neighbours as Zarr: the right answer or an error."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from gld_shared.testing import run, small_store
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


@dataclass
class Search:
    """Stores of queries and an index, neighbours as Zarr, all their files, and the answers."""

    folder: Path

    def __post_init__(self):
        small_store(self.folder / "queries.zarr", [f"é{row}" for row in range(20)], seed=1)
        small_store(self.folder / "index.zarr", [f"é{row}" for row in range(200)])
        small_store(self.folder / "other.zarr", [f"ü{row}" for row in range(200)], seed=2)
        self.run_search("neighbours.zarr")
        self.run_search("other-neighbours.zarr", "other.zarr")
        stores = [self.folder / f"{name}.zarr" for name in ("queries", "index", "neighbours")]
        self.sound = {
            file: file.read_bytes()
            for store in stores
            for file in sorted(store.rglob("*"))
            if file.is_file()
        }
        self.run_search("neighbours.tsv")
        self.answers = self.run_all()
        assert [result.exit_code for result in self.answers] == [0, 0, 0]

    def run_search(self, output=None, index="index.zarr"):
        stores = [self.folder / "queries.zarr", "--index", self.folder / index]
        target = ["-o", self.folder / output] if output else []
        return run(["gld-search", *stores, "-k", "12", *target])

    def run_all(self):
        expand = ["gld-rerank", "expand", self.folder / "neighbours.tsv", "-k", "12"]
        submission = ["gld-lists", "submission", self.folder / "neighbours.zarr"]
        return self.run_search(), run(expand), run(submission)

    def restore(self):
        for file, content in self.sound.items():
            if not file.is_file() or file.read_bytes() != content:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)

    def check(self):
        """Check that each command gives the right rows, or one error and nothing else."""
        for result, answer in zip(self.run_all(), self.answers, strict=True):
            # The header names the SHA-256 of the stores.
            rows = result.stdout.splitlines()[1:]
            if result.exit_code == 0:
                assert rows == answer.stdout.splitlines()[1:]
            else:
                assert (result.exit_code, rows) == (1, [])
                last = result.stderr.splitlines()[-1]
                assert last.startswith("Error: ") and str(self.folder) in last
                assert "Traceback" not in result.stderr


@pytest.fixture(scope="module")
def search(tmp_path_factory):
    return Search(tmp_path_factory.mktemp("damage"))


# Each kind of damage changes one file, with places drawn by hypothesis, and describes itself.


def overwrite_page(file, draw):
    size = draw(st.sampled_from([16, 64, 512, 4096]))
    content = file.read_bytes()
    start = size * draw(st.integers(0, (len(content) - 1) // size))
    page = draw(st.sampled_from([b"\xff", b"\0", b" "])) * len(content[start : start + size])
    file.write_bytes(content[:start] + page + content[start + size :])
    return f"bytes {start} to {start + len(page)} become {page[:1]!r}"


def flip_bytes(file, draw):
    content = bytearray(file.read_bytes())
    places = draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4))
    for place in places:
        content[place] ^= draw(st.integers(1, 255))
    file.write_bytes(content)
    return f"bytes {places} become {[content[place] for place in places]}"


def cut(file, draw):
    size = draw(st.integers(0, file.stat().st_size - 1))
    file.write_bytes(file.read_bytes()[:size])
    return f"cut to {size} bytes"


def lengthen(file, draw):
    added = draw(st.binary(min_size=1, max_size=8))
    file.write_bytes(file.read_bytes() + added)
    return f"followed by {added!r}"


def change_digit(file, draw):
    content = bytearray(file.read_bytes())
    digits = [place for place, byte in enumerate(content) if byte in b"0123456789"]
    if digits:
        place = draw(st.sampled_from(digits))
        content[place] = draw(st.sampled_from(b"0123456789"))
        file.write_bytes(content)
        return f"byte {place} becomes {content[place]}"
    return "without digits"


def remove(file, draw):
    file.unlink()
    return "removed"


def remove_folder(file, draw):
    shutil.rmtree(file.parent)
    return "removed with its folder"


def exchange(file, draw):
    """Put a file of another store, or other neighbours, of the same size in its place."""
    names = {"queries": "other", "index": "other", "neighbours": "other-neighbours"}
    (name,) = (name for name in names if f"/{name}.zarr/" in str(file))
    shutil.copy(str(file).replace(f"/{name}.zarr/", f"/{names[name]}.zarr/"), file)
    return "exchanged"


DAMAGES = [
    overwrite_page, flip_bytes, cut, lengthen, change_digit, remove, remove_folder, exchange
]  # fmt: skip


def check_damages(search, count):
    """Damage a file in ``count`` ways, and check the answers."""

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(st.data())
    def check(data):
        file = data.draw(st.sampled_from(sorted(search.sound)))
        damage = data.draw(st.sampled_from(DAMAGES))
        try:
            description = damage(file, data.draw)
            data.draw(st.just(description), label=str(file))
            search.check()
        finally:
            search.restore()

    check()


def test_damages(search):
    check_damages(search, 25)


@pytest.mark.slow
def test_2000_damages(search):
    check_damages(search, 2000)
