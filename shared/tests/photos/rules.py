"""The rules of photos.mk, and the target ``photos`` of the Makefile, run with given commands."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]
# The commands that compute, in the order in which they run.
COMPUTING = ["gld-embed", "gld-search", "gld-eval"]
# Without the options of a make that runs the tests.
ENVIRONMENT = {**os.environ, "MAKEFLAGS": "", "MAKELEVEL": ""}


class Rules:
    """The rules of photos.mk, run in the folder of a page with the given commands."""

    def __init__(self, page: Path, commands: Path) -> None:
        self.unreadable = "#{}\nid\tpath\treason"
        self.page, self.notes = page, page / "notes"
        self._path = f"{commands}:{os.environ['PATH']}"
        page.mkdir()

    def make(self, photos: Path, *variables: str) -> subprocess.CompletedProcess[str]:
        """Make the page of the photographs."""
        self.notes.write_text("")
        return subprocess.run(
            ["make", "--silent", "-C", self.page, "-f", ROOT / "photos.mk", f"DIR={photos}",
             *variables],
            env={**ENVIRONMENT, "PATH": self._path, "NOTES": str(self.notes),
                 "UNREADABLE": self.unreadable},
            capture_output=True,
            text=True,
        )  # fmt: skip

    def commands(self, photos: Path, *variables: str) -> list[str]:
        """Make the page; return the names of the commands that ran."""
        done = self.make(photos, *variables)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == f"look at {self.page}/photos.html\n"
        return [line for line in self.notes.read_text().split("\n") if line.startswith("gld-")]


class Target:
    """``make photos`` itself, in the repository, with the given commands."""

    def __init__(self, commands: Path, notes: Path) -> None:
        self.notes = notes
        self._variables = [f"PATH={commands}:{os.environ['PATH']}"]
        self._environment = {**ENVIRONMENT, "NOTES": str(notes), "UNREADABLE": "#{}\nid"}

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run make photos with options and variables."""
        return subprocess.run(
            ["make", "--old-file=.venv/installed", *self._variables, "photos", *arguments],
            env=self._environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
