"""A small run with photographs, and a reader of the report's HTML."""

import json
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest
from gld_shared.testing import small_image

NEIGHBOURS = """query_id\tindex_id\trank\tscore
a\tx\t1\t0.9
a\ty\t2\t0.8
a\tz\t3\t0.7
b\tz\t1\t0.5
b\ty\t2\t0.4
"""
TRUTH = """query_id\tindex_id\tusage\tgrade
a\ty\tpublic\t
a\tw\tpublic\t
a\tz\tpublic\tjunk
b\tz\tprivate\t
"""
BASELINE = """query_id\tindex_id\trank\tscore
a\ty\t1\t0.9
b\tx\t1\t0.5
"""
LISTED = {
    "a": ("Tower", "FR", "Europe"),
    "b": ("Gate", "JP", "Asia"),
    "x": ("Gate", "JP", "Asia"),
    "y": ("Tower", "FR", "Europe"),
    "z": ("Bridge", "IT", "Europe"),
    "w": ("Tower", "FR", "Europe"),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Work in a folder with neighbours n.tsv, truth t.tsv, the list l.tsv and its photographs."""
    monkeypatch.chdir(tmp_path)
    Path("n.tsv").write_text(NEIGHBOURS)
    Path("t.tsv").write_text(TRUTH)
    Path("b.tsv").write_text(BASELINE)
    rows = ["\t".join(("id", "path", "landmark", "country", "continent"))]
    for seed, (name, columns) in enumerate(LISTED.items()):
        small_image(Path("photos") / f"{name}.jpg", seed)
        rows.append("\t".join((name, f"{name}.jpg", *columns)))
    Path("l.tsv").write_text("\n".join(rows) + "\n")
    return tmp_path


@dataclass(frozen=True)
class ReadReport:
    """A report as a browser sees it: its text without scripts, its tags, its data."""

    html: str
    text: str
    tags: list[tuple[str, dict[str, str]]]

    @property
    def data(self):
        """The gallery's data."""
        found = re.search(r'<script type="application/json" id="data">(.*?)</script>', self.html)
        return json.loads(found[1])

    @property
    def queries(self):
        """The gallery's queries by id, with results as (id, verdict) and missed as (id, rank)."""
        images = [image[0] for image in self.data["images"]]
        verdicts = self.data["verdicts"]
        return {
            images[image]: {
                "usage": usage,
                "value": value,
                "gain": gain,
                "positives": positives,
                "missing": missing,
                "results": [(images[number], verdicts[verdict]) for number, verdict, _ in results],
                "missed": [(images[number], rank) for number, rank in missed],
            }
            for image, usage, value, gain, positives, missing, results, missed in self.data[
                "queries"
            ]
        }


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.parts, self._inside = [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag in ("script", "style", "title"):
            self._inside.append(tag)

    def handle_endtag(self, tag):
        if tag in ("script", "style", "title"):
            self._inside.pop()

    def handle_data(self, data):
        if not self._inside:
            self.parts.append(data)


@pytest.fixture(scope="session")
def read_report():
    """Return a function that reads the file of a report."""

    def read(path):
        html = Path(path).read_text(encoding="utf-8")
        reader = _Reader()
        reader.feed(html)
        return ReadReport(html, " ".join(" ".join(reader.parts).split()), reader.tags)

    return read
