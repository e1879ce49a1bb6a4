"""Skipping unreadable images."""

from pathlib import Path

import polars as pl
import pytest
from gld_shared.errors import DataError
from gld_shared.images.unreadable import (
    read_skipped,
    refuse_empty,
    skip_or_refuse,
    skipped_table,
    write_skipped,
)


def test_an_image_is_refused_or_skipped_with_a_warning(caplog):
    with pytest.raises(DataError) as caught:
        skip_or_refuse("x", "x.jpg: empty", skip=False)
    assert str(caught.value) == "x.jpg: empty (id x); --skip-unreadable leaves such images out"
    skip_or_refuse("x", "x.jpg: empty", skip=True)
    assert caplog.messages == ["left out: x.jpg: empty (id x)"]


def test_no_image_left_is_an_error():
    refuse_empty([], 0)
    refuse_empty(["a"], 2)
    with pytest.raises(DataError) as caught:
        refuse_empty(["a", "b"], 2)
    assert str(caught.value) == "none of the 2 images can be read, the first: a"


@pytest.mark.parametrize(
    ("output", "table"),
    [
        ("a/x.zarr", "a/x.unreadable.tsv"),
        ("x.tsv", "x.unreadable.tsv"),
        ("a/x.tsv.gz", "a/x.unreadable.tsv"),
        ("x.tsv.zst", "x.unreadable.tsv"),
        ("x.gz", "x.gz.unreadable.tsv"),
        (".tsv", ".tsv.unreadable.tsv"),
        ("a/x.y", "a/x.y.unreadable.tsv"),
    ],
)
def test_the_table_is_beside_the_output(output, table):
    assert skipped_table(Path(output)) == Path(table)


def test_the_current_folder_has_a_name(tmp_path, monkeypatch):
    (tmp_path / "photos").mkdir()
    monkeypatch.chdir(tmp_path / "photos")
    assert skipped_table(Path()) == tmp_path / "photos.unreadable.tsv"


def test_reasons_are_on_one_line_and_ids_are_read_back(tmp_path):
    output = tmp_path / "x.zarr"
    assert read_skipped(output) == []
    rows = pl.DataFrame({"id": ["a", "b"], "path": ["a.jpg", "b.jpg"]})
    write_skipped(skipped_table(output), rows, ["empty", "two\nlines"], [])
    text = skipped_table(output).read_text().splitlines()
    assert text[1:] == ["id\tpath\treason", "a\ta.jpg\tempty", "b\tb.jpg\ttwo lines"]
    assert read_skipped(output) == ["a", "b"]
