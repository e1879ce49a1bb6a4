"""Counts in messages."""

from gld_shared.counting import counted


def test_numbers_and_nouns():
    assert counted(0, "image") == "0 images"
    assert counted(1, "image") == "1 image"
    assert counted(1129, "image") == "1,129 images"
    assert counted(1, "query", "queries") == "1 query"
    assert counted(2, "query", "queries") == "2 queries"
