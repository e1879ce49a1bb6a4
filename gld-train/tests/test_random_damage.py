"""Damage to a file of an interrupted run leads to the same files or an error that names it."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from gld_shared.errors import DataError
from gld_shared.testing import run
from gld_train.run_folder.folder import RunFolder
from gld_train.run_folder.step_log import StepLog
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


def files_of(folder):
    return {file: file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def lasting(folder):
    """Return the files of a finished run, but for the rates in its log."""
    found = files_of(folder) | {Path("output"): folder.with_suffix(".safetensors").read_bytes()}
    rows = found[folder / "log.tsv"].splitlines()
    return found | {folder / "log.tsv": b"\n".join(row.rpartition(b"\t")[0] for row in rows)}


@dataclass
class Interrupted:
    """A run that was interrupted in its last epoch, and the files that it leads to."""

    command: list
    folder: Path
    files: dict
    expected: dict

    def check(self, file, content):
        """Resume with other content of a file."""
        for name in set(files_of(self.folder)) - set(self.files):
            name.unlink()
        for name, whole in self.files.items():
            name.write_bytes(content if name == file else whole)
        self.folder.with_suffix(".safetensors").unlink(missing_ok=True)
        result = run(self.command)
        if result.exit_code == 0:
            assert lasting(self.folder) == self.expected
        else:
            last = result.stderr.splitlines()[-1]
            assert last.startswith("Error: ") and str(self.folder) in last
            assert result.exception is None or isinstance(result.exception, SystemExit)


@pytest.fixture
def interrupted(job, tmp_path, monkeypatch):
    for name in ("3.png", "7.png"):
        (tmp_path / name).write_bytes(b"no image")
    kept = ["--set", "checkpoint.every_epochs=1", "--set", "data.max_unreadable=4"]
    command = [*job, *kept, "-o", tmp_path / "m.safetensors"]
    folder = tmp_path / "m.run"
    assert run(command).exit_code == 0
    expected = lasting(folder)
    assert len([file for file in expected if file.name.startswith("epoch-")]) == 4
    assert expected[folder / "unreadable.tsv"].count(b"\n") == 3
    for file in (*files_of(folder), tmp_path / "m.safetensors"):
        file.unlink()
    add = StepLog.add

    def stop_at_step_8(self, step, *values):
        if step == 8:
            raise DataError("stopped")
        add(self, step, *values)

    with monkeypatch.context() as patch:
        patch.setattr(StepLog, "add", stop_at_step_8)
        assert run(command).stderr.splitlines()[-1] == "Error: stopped"
    states = [file.name for file in RunFolder(folder).states()]
    assert states == ["step-000000004.pt", "step-000000006.pt"]
    return Interrupted(command, folder, files_of(folder), expected)


def check_damages(interrupted, count):
    """Damage a file in ``count`` ways."""

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
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
    interrupted.check(None, b"")
    check_damages(interrupted, 10)


@pytest.mark.slow
def test_500_damages(interrupted):
    check_damages(interrupted, 500)
