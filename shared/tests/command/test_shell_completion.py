"""Shells complete sub-commands, options, their values and files."""

import pytest
from gld_shared.testing import run


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["gld-rerank", "ex"], ["plain,expand", "plain,explore"]),
        (["gld-rerank", "neighb"], ["file,neighb"]),
        (["gld-rerank", "--ver"], ["plain,--version"]),
        (["gld-rerank", "table.tsv", "--alp"], ["plain,--alpha"]),
        (["gld-rerank", "landmark", "--lab"], ["plain,--labels"]),
        (["gld-search", "me"], ["plain,merge"]),
        (["gld-search", "queries.zarr", "me"], ["file,me"]),
        (["gld-search", "--index", "in"], ["file,in"]),
        (["gld-search", "--engine", "r"], ["plain,ray"]),
        (["gld-search", "merge", "--out"], ["plain,--output"]),
        (["gld-train", "wh"], ["plain,whiten"]),
        (["gld-lists", "goo"], ["plain,google"]),
        (["gld-eval", "--tru"], ["plain,--truth"]),
        (["gld-embed", "--decode", "e"], ["plain,exact"]),
    ],
)
def test_the_last_word_is_completed(words, expected, monkeypatch):
    monkeypatch.setenv(f"_{words[0].upper().replace('-', '_')}_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", " ".join(words))
    monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
    # Lines of a kind and a text.
    assert run(words[:1]).stdout.split() == expected
