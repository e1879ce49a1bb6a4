"""make -n and make submission-plan, which make nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .rules import ENVIRONMENT, RULES, made_by, official


def test_the_targets_of_the_makefile_print_the_commands_of_their_rules(tmp_path):
    arguments = [*official(tmp_path), f"S={tmp_path}/other", "RECIPE=fast"]
    command = ["make", "--dry-run", "--old-file=.venv/installed", "submission", *arguments]
    done = subprocess.run(
        command, cwd=RULES.parent, env=ENVIRONMENT, capture_output=True, text=True
    )
    assert made_by(done.stdout)[-1] == "fast/submission.csv"


@pytest.mark.parametrize(
    "arguments",
    [
        ["demo", "D=present/new/deep"],
        ["chain", "D=present/new"],
        ["submission", "S=present/new folder"],
        ["kaggle-bundle", "S=present/new"],
        ["photos", "DIR=photos", "P=present/new"],
    ],
)
def test_a_dry_run_leaves_no_folder(tmp_path, arguments):
    target, *variables = arguments
    for name in ("present", "photos"):
        (tmp_path / name).mkdir()
    placed = [variable.replace("=", f"={tmp_path}/") for variable in variables]
    command = ["make", "-n", "--old-file=.venv/installed", target, *placed]
    subprocess.run(command, cwd=RULES.parent, env=ENVIRONMENT, check=True, capture_output=True)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["photos", "present"]


@pytest.mark.slow
def test_the_plan_needs_and_leaves_no_folder(tmp_path):
    command = ["make", "--old-file=.venv/installed", "submission-plan", "RECIPE=fast"]
    done = subprocess.run(
        [*command, f"S={tmp_path}/new"],
        cwd=RULES.parent,
        env={**ENVIRONMENT, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "\nall steps " in done.stdout
    assert not list(tmp_path.iterdir())
