"""Fresh folders for a job's runs, and the comparison of what runs left in them."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from running.pool import in_child, temporary_folder

from interruptions.child import End, run
from interruptions.jobs import Job

_HIDDEN = re.compile(r"\.[0-9a-f]{8}$")
_NUMBERS = count()
Tree = dict[str, bytes | None]


class Workshop:
    """A job's clean folder, and the result of a quiet run."""

    def __init__(self, job: Job, clean: Path) -> None:
        """Run the command quietly, in a copy of ``clean``."""
        self.job, self.clean = job, clean
        self.inputs = set(tree(clean))
        with self.folder() as folder:
            self.end = run(job.arguments, folder)
            if self.end.exit_code:
                raise RuntimeError(f"{job.name}: a quiet run fails: {self.end.stderr}")
            self.quiet = tree(folder)
        self.other: Tree = {}
        if job.other:
            with self.folder() as folder:
                run(job.other_arguments, folder)
                self.other = tree(folder)

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """Yield a copy of the clean folder, which is removed at the end."""
        folder = self.clean.with_name(f"run-{next(_NUMBERS)}")
        shutil.copytree(self.clean, folder, symlinks=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder)

    def created(self, folder: Path) -> list[Path]:
        """Return the files that a run made, in order of name."""
        names = sorted(name for name in tree(folder) if name not in self.inputs)
        return [folder / name for name in names if (folder / name).is_file()]

    def difference(
        self, folder: Path, of_other: bool = False, damaged: str | None = None
    ) -> str | None:
        """Return how a folder differs from what a quiet run leaves, or None.

        The file ``damaged`` may differ if it is only checked when it is read, or in the spaces of
        the metadata of a finished group, which no digest is over.
        """
        found, expected = tree(folder), self.other if of_other else self.quiet
        if extra := sorted(set(found) - set(expected)):
            return f"leftover: {extra[0]}"
        if missing := sorted(set(expected) - set(found)):
            return f"missing: {missing[0]}"
        free = set(self.job.varying)
        if damaged in found and (
            self._is_kept(damaged) or _spaces_differ(damaged, found, expected)
        ):
            free.add(damaged)
        wrong = [n for n in sorted(found) if found[n] != expected[n] and n not in free]
        return f"other bytes: {wrong[0]}" if wrong else None

    def _is_kept(self, name: str) -> bool:
        return self.job.kept is not None and name.startswith(f"{self.job.kept}/")


def _spaces_differ(name: str, found: Tree, expected: Tree) -> bool:
    """Return whether the metadata of a finished group is the same but for spaces."""
    if not name.endswith(".zarr/zarr.json"):
        return False
    try:
        return bool(json.loads(found[name] or b"") == json.loads(expected[name] or b""))
    except ValueError:
        return False


def tree(folder: Path) -> Tree:
    """Return all files below a folder with their bytes; folders with None."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def hidden_files(folder: Path) -> list[str]:
    """Return the temporary files that a run which could clean up must not leave."""
    return sorted(name for name in tree(folder) if _HIDDEN.search(name))


def wrong_text(end: End) -> str | None:
    """Return what is wrong with a run's messages: a traceback, or a fault of gld."""
    if "Traceback" in end.stderr or "this is a fault of gld" in end.stderr:
        return f"traceback: {end.stderr.strip()[-300:]!r}"
    return None


@contextmanager
def workshop(job: Job) -> Iterator[Workshop]:
    """Yield a job's workshop, below a folder in memory."""
    with temporary_folder() as root:
        clean = Path(root) / "clean"
        clean.mkdir()
        in_child(job.prepare, clean)
        yield Workshop(job, clean)
