"""CSV files of the metadata: header and last line are checked."""

import csv

import pytest
from gld_lists.downloading.metadata import MetadataFile
from gld_lists.downloading.published_files import TABLES
from gld_lists.downloading.retries_and_stop import Session

HEADER = b"id,url,landmark_id\n"
OLD_MAC = "id,url\rlandmark_id\n"


def csv_error(line):
    """Return why Python's csv module refuses a line; its words differ between versions."""
    with pytest.raises(csv.Error) as refused:
        next(csv.reader([line]))
    return str(refused.value)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"<html>Hotel\n", "starts with '<html>Hotel', expected id,url,landmark_id"),
        (b"", "starts with '', expected id,url,landmark_id"),
        (HEADER + b"01,http://x,7\n02,ht", "ends in '02,ht', expected a line of 3 cells"),
        (OLD_MAC.encode(), f"not CSV: {csv_error(OLD_MAC)}"),
        (HEADER + b"1," + b"x" * 200_000, "not CSV: field larger than field limit (131072)"),
    ],
)
def test_a_broken_csv_file(gld_download, server, mini, tmp_path, content, what):
    mini.tables()
    server.always("/metadata/train.csv", content=content)
    assert gld_download.refused(tmp_path, "metadata") == (
        f"Error: http://mirror/metadata/train.csv: {what}, 3 times; what was fetched is removed, "
        "try again later or another --base-url\n"
    )
    # The other files are fetched.
    assert len(gld_download.files(tmp_path)) == len(TABLES) - 1


@pytest.mark.parametrize("content", [b'\xef\xbb\xbfid,"url",landmark_id,more\r\n1,"a,\nb",2,3'])
def test_a_header_may_be_quoted_and_have_more_columns(server, tmp_path, content):
    server.files["/metadata/train.csv"] = content
    MetadataFile(tmp_path, TABLES[0], server.url).fetch(Session(first_wait=0.001))
    assert (tmp_path / "train/train.csv").read_bytes() == content
