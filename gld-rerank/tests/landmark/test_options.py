"""Options of the landmark rerank that do not fit together."""

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
    ],
)
def test_options_that_an_order_does_not_use(options, line):
    assert refused([*LANDMARK, *options], code=2).splitlines()[-1] == f"Error: {line}"
