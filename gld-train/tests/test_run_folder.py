"""The states that a run saves in its folder, and the damage that they notice."""

import logging
from pathlib import Path

import pytest
import torch
from gld_shared.errors import DataError
from gld_train.onnx_export import onnx_path
from gld_train.run_folder.folder import RunFolder


@pytest.fixture
def folder(tmp_path):
    """Return a run folder with states after steps 2 and 4, each with its rows in the log."""
    folder = RunFolder(tmp_path)
    folder.log.begin()
    for step in range(1, 6):
        folder.log.add(step, 1, 0.5, 0.25, 1e-3, 10.0)
        if step % 2 == 0:
            folder.save(step, {"step": step, "weight": torch.full((2000,), float(step))})
    return folder


def warnings(caplog):
    return [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize("damage", [
    lambda data: b"",
    lambda data: data[:-40],
    lambda data: data[:3000] + bytes([data[3000] ^ 1]) + data[3001:],
    lambda data: data[:4096] + bytes(4096) + data[8192:],
], ids=["emptied", "cut", "flipped", "zeroed"])  # fmt: skip
def test_the_state_before_a_damaged_one_is_resumed(folder, caplog, damage):
    first, newest = folder.states()
    newest.write_bytes(damage(newest.read_bytes()))
    assert folder.newest()["step"] == 2
    assert warnings(caplog) == [f"{newest}: damaged; training resumes from the state before it"]
    caplog.clear()
    first.write_bytes(damage(first.read_bytes()))
    assert folder.newest() is None
    assert warnings(caplog) == [
        f"{file}: damaged; no state before it is left, so training starts again"
        for file in (newest, first)
    ]
    assert folder.newest(quiet=True) is None


def test_a_state_restores_the_log_of_its_step(folder):
    folder.restore(folder.newest())
    assert [row.split("\t")[0] for row in folder.log.file.read_text().splitlines()] == [
        "step", "1", "2", "3", "4",
    ]  # fmt: skip


def test_a_log_that_is_damaged_after_a_state_is_cut(folder):
    with folder.log.file.open("ab") as stream:
        stream.write(b"\xff\0\n\t\t\t\t\t\n")
    folder.restore(folder.newest())
    assert folder.log.file.read_text().count("\n") == 1 + 4


def test_a_damaged_log_is_resumed_from_a_state_before_the_damage(folder, caplog):
    file = folder.log.file
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([*lines[:3], lines[3].replace(b"0.5", b"0.7"), *lines[4:]]))
    assert folder.newest()["step"] == 2
    assert warnings(caplog) == [f"{file}: damaged; training resumes from the state before it"]
    # The run goes on, and keeps no state later than its own.
    folder.restore(folder.newest())
    folder.save(3, {"step": 3})
    assert [file.name for file in folder.states()] == ["step-000000002.pt", "step-000000003.pt"]


@pytest.mark.parametrize("name", ["log.tsv", "epoch-001.safetensors"])
def test_a_damaged_file_of_every_state_is_an_error_that_names_it(folder, name):
    file = folder.path / name
    file.exists() or file.write_text("checkpoint")
    for step in (6, 8):
        folder.save(step, {"step": step}, epochs=1)
    file.write_bytes(b"")
    with pytest.raises(DataError) as caught:
        folder.newest()
    assert str(caught.value) == (
        f"{file}: damaged since it was written; restore it from a copy, move it away to resume "
        "without it, or start again with --overwrite"
    )


def test_a_log_that_was_moved_away_begins_again(folder, caplog):
    folder.log.file.unlink()
    folder.restore(folder.newest())
    assert warnings(caplog) == [f"{folder.log.file}: missing; a new one begins after step 4"]
    assert folder.log.file.read_text().count("\n") == 1


def test_a_state_restores_the_tables_of_unreadable_images(folder):
    folder.unreadable.write_text("path\treason\treplaced_by\n1.png\tempty\t2.png\n")
    folder.save(6, {"step": 6})
    before = folder.unreadable.read_bytes()
    folder.unreadable.write_bytes(b"\0\xff")
    folder.unreadable_of(1).write_text("of a step that is repeated")
    folder.restore(folder.newest())
    assert folder.unreadable.read_bytes() == before
    assert not folder.unreadable_of(1).exists()


def test_a_state_of_an_older_release(folder, caplog):
    for old in folder.states():
        state = torch.load(old, weights_only=True)
        torch.save({"step": state["step"]}, old)
    with folder.log.file.open("a") as stream:
        stream.write("6\t1\t0.")
    caplog.set_level(logging.WARNING)
    state = folder.newest()
    folder.restore(state)
    assert (state["step"], warnings(caplog)) == (4, [])
    assert folder.log.file.read_text().count("\n") == 1 + 4


@pytest.mark.parametrize(
    ("output", "run", "onnx"),
    [
        ("a/model.safetensors", "a/model.run", "a/model.onnx"),
        ("model.1", "model.1.run", "model.1.onnx"),
        ("model.2", "model.2.run", "model.2.onnx"),
        ("model", "model.run", "model.onnx"),
    ],
)
def test_only_the_ending_of_checkpoints_is_dropped_from_names_beside(output, run, onnx):
    assert RunFolder.of(Path(output)).path == Path(run)
    assert onnx_path(Path(output)) == Path(onnx)
