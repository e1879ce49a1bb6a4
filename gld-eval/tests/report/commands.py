"""The commands that make a report of the files in the fixture ``folder``."""

from pathlib import Path

from gld_shared.testing import refused

SCORED = ["gld-eval", "n.tsv", "--truth", "t.tsv", "--report", "r.html"]
SHOWN = ["gld-eval", "n.tsv", "--report", "r.html"]
PICTURES = ["--images", "photos", "--list", "l.tsv"]


def without_report(arguments, code=1):
    """Return the messages of a command that fails and makes no report."""
    messages = refused(arguments, code=code)
    assert not Path("r.html").exists()
    return messages
