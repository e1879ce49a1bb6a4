"""A truth with grades, and neighbours that the setups Easy, Medium and Hard judge differently."""

from pathlib import Path

RANKED = "query_id\tindex_id\trank\tscore\n"
NEIGHBOURS = RANKED + "a\tx\t1\t0.9\na\ty\t2\t0.8\nb\tw\t1\t0.5\n"
BASELINE = RANKED + "a\tx\t1\t0.9\nb\tw\t1\t0.5\n"
TRUTH = """query_id\tindex_id\tusage\tgrade
a\tx\tall\teasy
a\ty\tall\thard
a\tz\tall\teasy
b\tz\tall\teasy
"""
COMMAND = ["gld-eval", "n.tsv", "--truth", "t.tsv"]
SETUPS = [part for name in ("hard", "easy", "medium") for part in ("-m", f"revisitop-{name}-map")]


def write_files() -> None:
    """Write neighbours, a baseline and the truth into the current folder."""
    for name, text in {"n.tsv": NEIGHBOURS, "b.tsv": BASELINE, "t.tsv": TRUTH}.items():
        Path(name).write_text(text)
