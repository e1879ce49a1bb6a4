"""The report shows names as text, and its page loads and runs nothing of others."""

import base64
import hashlib
import re
from pathlib import Path

import pytest
from gld_shared.testing import small_image, succeeded

from .commands import PICTURES, SCORED, SHOWN

NASTY = "</script><script>alert(1)</script><img src=x onerror=alert(1)>&amp;\"'<!--"


@pytest.mark.usefixtures("folder")
def test_html_in_names_is_text(read_report):
    Path("n.tsv").write_text(f"query_id\tindex_id\trank\tscore\n{NASTY}q\t{NASTY}i\t1\t0.5\n")
    Path("t.tsv").write_text(f"query_id\tindex_id\tusage\n{NASTY}q\t{NASTY}i\tall\n")
    small_image(Path("photos/a.jpg"))
    rows = [
        f"{NASTY}{side}\ta.jpg\t{NASTY}landmark\t{NASTY}country\t{NASTY}continent" for side in "qi"
    ]
    head = "id\tpath\tlandmark\tcountry\tcontinent"
    Path("l.tsv").write_text("\n".join([head, *rows, ""]))
    succeeded([*SCORED, *PICTURES], quiet=True)
    report = read_report("r.html")
    assert report.data["images"][0][:4] == [
        f"{NASTY}{name}" for name in ("q", "landmark", "country", "continent")
    ]
    assert [tag for tag, _ in report.tags if tag == "script"] == ["script", "script"]
    assert all("onerror" not in attributes for _, attributes in report.tags)


@pytest.mark.usefixtures("folder")
def test_html_in_files_and_arguments_is_text(read_report):
    name = "<b onclick=x>&.tsv"
    Path("n.tsv").rename(name)
    succeeded(["gld-eval", name, "--report", "r.html"], quiet=True)
    report = read_report("r.html")
    assert report.text.startswith(f"Most alike photographs 2 photographs neighbours from {name} ")
    assert "b" not in {tag for tag, _ in report.tags}


@pytest.mark.usefixtures("folder")
def test_characters_that_nobody_sees_are_shown_as_escapes(read_report):
    Path("n.tsv").write_text("query_id\tindex_id\trank\tscore\nq\u202e\tx\u200b\t1\tinf\n")
    succeeded(SHOWN, quiet=True)
    data = read_report("r.html").data
    assert [image[0] for image in data["images"]] == ["q\\u202e", "x\\u200b"]
    assert data["queries"][0][6] == [[1, 4, None]]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Santa_In%C3%AAs", "Santa_In\N{LATIN SMALL LETTER E WITH CIRCUMFLEX}s"),
        ("%3Cscript%3E%00", "<script>\\x00"),
        ("100%", "100%"),
        ("%E9", "%E9"),
    ],
)
def test_names_in_percent_signs_are_decoded(read_report, name, shown):
    Path("l.tsv").write_text(f"id\tpath\tlandmark\na\ta.jpg\t{name}\n")
    succeeded([*SHOWN, "--list", "l.tsv"], quiet=True)
    report = read_report("r.html")
    assert report.data["images"][0][1] == shown
    assert [tag for tag, _ in report.tags if tag == "script"] == ["script", "script"]


@pytest.mark.usefixtures("folder")
def test_the_page_forbids_loading_and_scripts_of_others(read_report):
    succeeded([*SCORED, *PICTURES], quiet=True)
    report = read_report("r.html")
    (policy,) = (
        attributes["content"]
        for tag, attributes in report.tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    script = re.findall(r"<script>(.*?)</script>", report.html, re.DOTALL)
    style = re.findall(r"<style>(.*?)</style>", report.html, re.DOTALL)
    script_hash, style_hash = (
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for (text,) in (script, style)
    )
    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{style_hash}'; "
        f"script-src 'sha256-{script_hash}'; base-uri 'none'; form-action 'none'"
    )
    addresses = [
        value
        for _, attributes in report.tags
        for name, value in attributes.items()
        if name in ("src", "href", "style")
    ]
    assert set(addresses) <= {"#scores", "#groups", "#gallery", "#provenance"}
