"""The country files: downloaded, and read by gld-lists google."""

import json

import pytest
from gld_lists.downloading.continents import country_codes
from gld_lists.downloading.country_files import fetch_countries
from gld_lists.downloading.retries_and_stop import Session
from gld_lists.gldv2.countries import landmark_countries
from gld_shared.errors import DataError


def test_countries(gld_download, server, tmp_path):
    categories = {"FR": ["Louvre"], "TR": ["Galata"], "NA": ["Etosha"], "OTHER": ["Kraken"]}
    for code, names in categories.items():
        entries = [{"id": 1, "name": name, "count": 2} for name in names]
        server.files[f"/country/{code}.json"] = json.dumps(entries).encode()
    # Google Storage answers 403 for missing files.
    server.always("/country/ZW.json", status=403)
    warning = gld_download.fetch(tmp_path, "countries")
    missing = ", ".join(code for code in country_codes() if code not in categories)
    assert warning == f"gld-lists: {server.url}/country: no file for {missing}; skipped\n"
    assert landmark_countries(tmp_path / "country_info").rows() == [
        ("Kraken", "OTHER", "OTHER"),
        ("Louvre", "FR", "Europe"),
        ("Etosha", "NA", "Africa"),
        ("Galata", "TR", "Asia"),
    ]


def test_continents_are_those_of_the_reference_recipe(gld_download, tmp_path, server):
    """The last row of a country on two continents counts."""
    for code in country_codes():
        server.files[f"/country/{code}.json"] = json.dumps([{"name": code}]).encode()
    gld_download.fetch(tmp_path, "countries")
    rows = landmark_countries(tmp_path / "country_info")
    assert rows.height == len(country_codes()) == 252
    continents = dict(zip(rows["country"], rows["continent"], strict=True))
    for code in ("AZ", "AM", "CY", "GE", "KZ", "RU", "TR"):
        assert continents[code] == "Asia"
    assert (continents["UM"], continents["XK"], continents["NA"]) == (
        *("North America", "Europe", "Africa"),
    )


def test_no_country_has_a_file(gld_download, tmp_path):
    assert gld_download.refused(tmp_path, "countries") == (
        "Error: http://mirror/country: no country files; expected OTHER.json, check --base-url\n"
    )


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"[", "not JSON: Expecting value: line 1 column 2 (char 1)"),
        (b"[" * 10_000, "JSON nested more than 100 deep"),
        (b'[{"id": 3}]', "[0].name: missing, expected a string"),
    ],
)
def test_a_broken_country_file(server, tmp_path, content, what):
    server.files["/FR.json"] = content
    with pytest.raises(DataError) as error:
        fetch_countries(tmp_path, server.url, 4, Session(first_wait=0.001))
    assert str(error.value) == (
        f"{server.url}/FR.json: {what}, 3 times; what was fetched is removed, try again later or "
        "another --base-url"
    )
    assert not (tmp_path / "country_codes.json").exists()
