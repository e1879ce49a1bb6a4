"""Damage to a file of an interrupted run leads to the same store or an error that names it."""

import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from gld_shared.errors import DataError
from gld_shared.store import StoreWriter
from gld_shared.store.layout import partial_of
from gld_shared.testing import run
from gld_shared.work.work_folder import work_folder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

DAMAGES = ("flip", "cut", "zero", "empty")


def damaged(content, damage, place):
    """Return the content with a byte flipped, or a page zeroed, or cut at a place, or empty."""
    if damage == "flip":
        return content[:place] + bytes([content[place] ^ 16]) + content[place + 1 :]
    if damage == "zero":
        start, end = place - place % 4096, place - place % 4096 + 4096
        return content[:start] + bytes(len(content[start:end])) + content[end:]
    return content[:place] if damage == "cut" else b""


def files_of(*folders):
    found = (file for folder in folders for file in sorted(folder.rglob("*")))
    return {file: file.read_bytes() for file in found if file.is_file()}


@dataclass
class Interrupted:
    """A store that was interrupted in its last unit, its files, and those that it leads to."""

    command: list
    output: Path
    files: dict
    expected: dict

    @property
    def table(self):
        return self.output.with_name("x.unreadable.tsv")

    def remove(self):
        for folder in (self.output, partial_of(self.output), work_folder(self.output)):
            shutil.rmtree(folder, ignore_errors=True)
        self.table.unlink(missing_ok=True)

    def restore(self, changed=None, content=b""):
        self.remove()
        for name, whole in self.files.items():
            name.parent.mkdir(parents=True, exist_ok=True)
            name.write_bytes(content if name == changed else whole)

    def result(self):
        return files_of(self.output) | {self.table: self.table.read_bytes()}

    def check(self, file=None, content=b""):
        """Resume with other content of a file."""
        self.restore(file, content)
        result = run(self.command)
        if result.exit_code == 0:
            assert self.result() == self.expected
            assert not work_folder(self.output).exists()
        else:
            last = result.stderr.splitlines()[-1]
            assert last.startswith("Error: ") and str(self.output) in last
            assert isinstance(result.exception, SystemExit)
        return result


@pytest.fixture
def interrupted(collection, monkeypatch):
    collection.make(140)  # in units of 64
    for number in (3, 70):
        collection.photo(number).write_bytes(b"no image")
    with tarfile.open(collection.folder / "photos.tar", "w") as tar:
        for file in (collection.folder / "photos").iterdir():
            tar.add(file, file.name)
    command = [
        *("gld-embed", collection.folder / "list.tsv", "-c", "pixels:4", "--device", "cpu"),
        *("--images", collection.folder / "photos.tar", "-o", collection.store("x.zarr")),
        *("--skip-unreadable", "-j", "1"),
    ]
    run_of = Interrupted(command, collection.store("x.zarr"), {}, {})
    assert run(command).exit_code == 0
    run_of.expected = run_of.result()
    run_of.remove()
    write_chunk = StoreWriter.write_chunk

    def stop_at_the_last(writer, chunk, vectors):
        if chunk == 2:
            raise DataError("stopped")
        write_chunk(writer, chunk, vectors)

    with monkeypatch.context() as patch:
        patch.setattr(StoreWriter, "write_chunk", stop_at_the_last)
        assert run(command).stderr.splitlines()[-1] == "Error: stopped"
    run_of.files = files_of(partial_of(run_of.output), work_folder(run_of.output))
    names = {file.name for file in files_of(work_folder(run_of.output))}
    assert {"unreadable-0.json", "unreadable-1.json"} <= names
    assert [name for name in names if name.startswith("tar-") and name.endswith(".npz")]
    return run_of


def test_damaged_notes_and_indexes_are_made_again(interrupted):
    interrupted.check()
    folder = work_folder(interrupted.output)
    (index,) = (file for file in interrupted.files if file.suffix == ".npz")
    note = folder / "unreadable-0.json"
    for content in (b"", interrupted.files[note][:-5], b"[1]"):
        result = interrupted.check(note, content)
        assert result.exit_code == 0
        assert f"gld-embed: {note}: damaged; its images are embedded again\n" in result.stderr
    for content in (b"", interrupted.files[index][:-5], bytes(8192)):
        result = interrupted.check(index, content)
        assert result.exit_code == 0
        assert f"gld-embed: {index}: damaged; made again from the archive\n" in result.stderr


def test_an_emptied_note_does_not_lose_its_folder(interrupted):
    """The last process to leave removes a folder of claims, but not one of notes."""
    work = work_folder(interrupted.output)
    interrupted.files = {
        file: whole for file, whole in interrupted.files.items() if file.suffix != ".npz"
    }
    for number in (0, 1):
        interrupted.files[work / f"unreadable-{number}.json"] = b""
    interrupted.restore()
    assert run([*interrupted.command, "--size", "8"]).exit_code == 1
    assert (work / "unreadable-0.json").exists()
    assert run(interrupted.command).exit_code == 0
    assert interrupted.result() == interrupted.expected


def test_notes_of_a_removed_store_do_not_count(interrupted, collection):
    interrupted.restore()
    shutil.rmtree(partial_of(interrupted.output))
    lines = (collection.folder / "list.tsv").read_text().splitlines()
    # Another list, of one unit, in another order; and images that are whole by now.
    (collection.folder / "list.tsv").write_text("\n".join([*lines[:2], *lines[60:8:-1]]) + "\n")
    result = run([*interrupted.command[:-3], "-j", "1"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert not work_folder(interrupted.output).exists()


def check_damages(interrupted, count):
    """Damage a file in ``count`` ways."""

    @settings(
        max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.data())
    def check(data):
        file = data.draw(
            st.sampled_from([file for file, whole in interrupted.files.items() if whole])
        )
        whole = interrupted.files[file]
        damage = data.draw(st.sampled_from(DAMAGES))
        place = data.draw(st.integers(0, len(whole) - 1))
        interrupted.check(file, damaged(whole, damage, place))

    check()


def test_damages(interrupted):
    check_damages(interrupted, 10)


@pytest.mark.slow
def test_500_damages(interrupted):
    check_damages(interrupted, 500)
