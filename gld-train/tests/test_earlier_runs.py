"""Runs whose output another run has finished, begun, or is working on."""

import subprocess
import sys
from pathlib import Path

import pytest
from gld_shared.checkpoint import load_checkpoint
from gld_shared.errors import DataError
from gld_shared.testing import refused, succeeded
from gld_train.losses.saved_class_vectors import load_class_vectors
from gld_train.run_folder.folder import RunFolder

EPOCHS = ["--set", "schedule.epochs=1", "--set", "schedule.warmup=0"]
# Without torch, whose import would take longer than the test.
HOLD = (
    "import sys; from pathlib import Path; from gld_shared.file_lock import locked\n"
    "with locked(Path(sys.argv[1]), 'busy'):\n"
    "    print('held', flush=True); sys.stdin.read()"
)


@pytest.fixture
def here(job, tmp_path, monkeypatch):
    """Return the command line of a run in the current folder, with short names."""
    monkeypatch.chdir(tmp_path)
    return command()


def command(folder="", images="."):
    names = ["gld-train", f"{folder}list.tsv", "--config", f"{folder}run.toml", "--images", images]
    return [*names, "--device", "cpu", "-j", "0", "-o", "m.safetensors"]


def interrupted(monkeypatch, arguments):
    """Run a command that fails when its state after step 2 of 9 is saved."""
    with monkeypatch.context() as patch:
        patch.setattr("gld_train.run_folder.step_log.StepLog.add", stop_at_step_3)
        assert refused(arguments) == "Error: stopped\n"
    assert [path.name for path in Path("m.run").glob("*.pt")] == ["step-000000002.pt"]


def stop_at_step_3(log, step, *values):
    if step == 3:
        raise DataError("stopped")


def test_a_finished_run_is_not_redone(here):
    succeeded(here)
    before = Path("m.safetensors").stat().st_mtime_ns
    result = succeeded([*here, "--overwrite"])
    assert result.stdout == "m.safetensors\n"
    assert result.stderr == (
        "gld-train: m.safetensors: finished before with the same settings; nothing to do\n"
    )
    assert Path("m.safetensors").stat().st_mtime_ns == before


def test_what_a_run_that_was_killed_after_its_checkpoint_left_is_removed(here):
    succeeded([*here, *EPOCHS])
    files = sorted(Path("m.run").iterdir())
    for name in ("lock", "step-000000002.pt"):
        Path("m.run", name).touch()
    succeeded([*here, *EPOCHS])
    assert sorted(Path("m.run").iterdir()) == files
    Path("m.run/lock").touch()
    succeeded([*here, *EPOCHS])
    assert sorted(Path("m.run").iterdir()) == files


def test_a_damaged_finished_run_is_only_replaced_on_request(here):
    succeeded([*here, *EPOCHS])
    whole = Path("m.safetensors").read_bytes()
    zeroed_page(Path("m.run/head.safetensors"), 64)
    assert refused([*here, *EPOCHS]) == (
        "Error: m.safetensors: finished, but m.run/head.safetensors is damaged; choose another "
        "output, or replace it with --overwrite\n"
    )
    zeroed_page(Path("m.safetensors"), 4096)
    assert refused([*here, *EPOCHS]) == (
        "Error: m.safetensors: exists, and does not match its checksum; choose another output, or "
        "replace it with --overwrite\n"
    )
    succeeded([*here, *EPOCHS, "--overwrite"])
    assert Path("m.safetensors").read_bytes() == whole
    load_class_vectors("m.run/head.safetensors")


def zeroed_page(file, size):
    """Replace the end of a file by zeros, as a power failure leaves it."""
    file.write_bytes(file.read_bytes()[:-size] + bytes(size))


def test_a_finished_run_of_other_settings_is_only_replaced_on_request(here):
    succeeded(here)
    before = Path("m.safetensors").read_bytes()
    assert refused([*here, *EPOCHS, "--seed", "1"]) == (
        "Error: m.safetensors: finished with another schedule.epochs (3, now 1), schedule.warmup "
        "(1.0, now 0.0), seed (0, now 1); choose another output, or replace it with --overwrite\n"
    )
    assert Path("m.safetensors").read_bytes() == before
    succeeded([*here, *EPOCHS, "--overwrite"])
    checkpoint = load_checkpoint("m.safetensors")
    assert checkpoint.step == 3
    assert "--overwrite" not in checkpoint.history[-1]["arguments"]


def test_another_list_under_the_same_name_is_another_list(here):
    succeeded(here)
    old = load_checkpoint("m.safetensors").config["inputs"]["list"][:12]
    with Path("list.tsv").open("a") as file:
        file.write("x\t1.png\t1\n")
    message = refused(here)
    assert message.startswith(
        f"Error: m.safetensors: finished with another list (with sha256 {old}"
    )


def test_files_are_the_same_under_another_name(here, tmp_path):
    succeeded(here)
    Path("m.safetensors").rename("w.safetensors")
    Path("m.run/head.safetensors").rename("h.safetensors")

    def settings(folder):
        files = {"model.weights": "w.safetensors", "head.init": "h.safetensors"}
        files |= {"validation.queries": "list.tsv", "validation.index": "list.tsv"}
        values = [f"{key}={folder}{name}" for key, name in files.items()]
        return [part for value in [*values, "validation.every=3"] for part in ("--set", value)]

    succeeded([*here, *settings("")])
    elsewhere = [*command(f"{tmp_path}/", str(tmp_path)), *settings("./")]
    assert succeeded(elsewhere).stderr.endswith(
        "finished before with the same settings; nothing to do\n"
    )
    Path("w.safetensors").write_bytes(Path("m.safetensors").read_bytes())
    message = refused([*here, *settings("")])
    assert "finished with another model.weights (w.safetensors with sha256 " in message


def test_a_file_that_is_no_checkpoint_is_only_replaced_on_request(here):
    Path("m.safetensors").write_text("notes")
    assert refused(here) == (
        "Error: m.safetensors: exists, and is not a checkpoint of gld-train; choose another "
        "output, or replace it with --overwrite\n"
    )
    succeeded([*here, *EPOCHS, "--overwrite"])
    assert load_checkpoint("m.safetensors").step == 3


def test_a_folder_is_no_output(here):
    Path("m.safetensors").mkdir()
    assert refused([*here, "--overwrite"]) == (
        "Error: m.safetensors: is a folder, expected the name of a checkpoint\n"
    )


def test_an_unfinished_run_resumes_with_files_under_another_name(here, tmp_path, monkeypatch):
    succeeded(here)
    Path("m.safetensors").rename("whole.safetensors")
    interrupted(monkeypatch, here)
    succeeded([*command(f"{tmp_path}/", str(tmp_path)), "--resume"])
    # The histories record the two spellings.
    whole, resumed = map(load_checkpoint, ("whole.safetensors", "m.safetensors"))
    assert all((whole.tensors[name] == resumed.tensors[name]).all() for name in whole.tensors)
    assert whole.config == resumed.config


def test_an_unfinished_run_of_other_settings_is_only_replaced_on_request(here, monkeypatch):
    interrupted(monkeypatch, here)
    assert refused([*here, *EPOCHS]) == (
        "Error: m.run: holds an unfinished run with another schedule.epochs (3, now 1), "
        "schedule.warmup (1.0, now 0.0); repeat the first command to resume it, choose another "
        "output, or start again with --overwrite\n"
    )
    succeeded([*here, *EPOCHS, "--overwrite"])
    assert load_checkpoint("m.safetensors").step == 3
    assert Path("m.run/log.tsv").read_text().count("\n") == 1 + 3


@pytest.mark.parametrize("damaged", ['{"seed": ', "[]", None])
def test_an_unfinished_run_whose_settings_are_damaged(here, monkeypatch, damaged):
    interrupted(monkeypatch, here)
    Path("m.run/settings.json").unlink()
    if damaged is not None:
        Path("m.run/settings.json").write_text(damaged)
    assert refused([*here, *EPOCHS]) == (
        "Error: m.run/settings.json: missing or damaged, so its unfinished run cannot be resumed; "
        "restore the file from a copy, choose another output, or start again with --overwrite\n"
    )
    succeeded([*here, *EPOCHS, "--overwrite"])
    assert load_checkpoint("m.safetensors").step == 3


@pytest.mark.parametrize("damaged", ["", "{}\nsha256 0\n"])
def test_damaged_settings_of_a_finished_run_are_written_again(here, damaged):
    succeeded([*here, *EPOCHS])
    settings = Path("m.run/settings.json")
    whole = settings.read_bytes()
    settings.write_text(damaged)
    assert succeeded([*here, *EPOCHS]).stderr == (
        "gld-train: m.safetensors: finished before with the same settings; nothing to do\n"
        "gld-train: m.run/settings.json: damaged; written again\n"
    )
    assert settings.read_bytes() == whole
    settings.unlink()
    succeeded([*here, *EPOCHS])
    assert not settings.exists()


def test_a_second_run_on_an_output_is_refused(here):
    pipe = subprocess.PIPE
    folder = RunFolder.of(Path("m.safetensors"))
    folder.path.mkdir()
    held = [sys.executable, "-c", HOLD, folder.lock]
    with subprocess.Popen(held, stdin=pipe, stdout=pipe, text=True) as other:
        assert other.stdout.readline() == "held\n"
        assert refused([*here, "--overwrite"]) == (
            "Error: m.safetensors: another process is training it; wait until it ends, or choose "
            "another output\n"
        )
        # A process that is killed releases the lock.
        other.kill()
        other.wait()
        succeeded([*here, *EPOCHS])


def test_a_file_system_without_locks(here, monkeypatch):
    def no_locks(*arguments):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr("fcntl.lockf", no_locks)
    assert succeeded([*here, *EPOCHS]).stderr == (
        "gld-train: m.run/lock: cannot be locked (Function not implemented); make sure that no "
        "other process works there\n"
    )
