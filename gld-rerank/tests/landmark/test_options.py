"""Options of the landmark rerank that change nothing beside others."""

import pytest
from gld_shared.testing import refused

LANDMARK = ["gld-rerank", "landmark", "n.tsv", "--reference", "r.zarr", "--labels", "l.tsv"]


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--threshold", "0.5"], "--threshold is for --order expansion, not for --order votes"),
        (
            ["--order", "landmark", "--threshold", "0.6"],
            "--threshold is for --order expansion, not for --order landmark",
        ),
        (
            ["--order", "expansion", "--alpha", "1"],
            "--alpha is for --order votes, not for --order expansion",
        ),
        (
            ["--order", "landmark", "--beta", "0"],
            "--beta is for --order votes, not for --order landmark",
        ),
        (
            ["--votes", "prototypes", "--vote", "7"],
            "--vote is for --votes fused or raw, not for --votes prototypes",
        ),
        (
            ["--votes", "index", "--hard"],
            "--hard is for --votes fused or raw, not for --votes index",
        ),
        (
            ["--votes", "index-prototypes", "--query-tags", "t.tsv"],
            "--query-tags is for --votes fused or raw, not for --votes index-prototypes",
        ),
        (
            ["--order", "expansion", "--merge", "after"],
            "--merge is for --order votes, not for --order expansion",
        ),
        (
            ["--order", "landmark", "--hard"],
            "--hard is for --order votes or expansion, not for --order landmark",
        ),
        (
            ["--votes", "raw", "--graph", "g.tsv"],
            "--graph is for --votes fused, not for --votes raw",
        ),
    ],
)
def test_options_that_change_nothing(options, line):
    assert refused([*LANDMARK, *options], code=2).splitlines()[-1] == f"Error: {line}"
