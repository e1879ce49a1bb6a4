"""The truth in any form, from a file or from a pipe."""

import pickle
from pathlib import Path

import pytest
from gld_shared.testing import run

TABLE = b"query_id\tindex_id\tusage\nq\ta\tall\n"
GROUND_TRUTH = {
    "imlist": ["a", "b"],
    "qimlist": ["q"],
    "gnd": [{"bbx": [0, 0, 1, 1], "easy": [0], "hard": [], "junk": [1]}],
}
NEIGHBOURS = "query_id\tindex_id\trank\tscore\nq\tb\t1\t0.9\nq\ta\t2\t0.8\n"
PREDICTIONS = "query_id\tlandmark\tconfidence\nq\tDome\t0.9\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("n.tsv").write_text(NEIGHBOURS)
    Path("p.tsv").write_text(PREDICTIONS)


@pytest.mark.parametrize(
    ("found", "truth", "metric", "value"),
    [
        *(
            ("n.tsv", pickle.dumps(GROUND_TRUTH, protocol), "revisitop-easy-map", "1.0")
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
        ),
        ("n.tsv", TABLE, "map@100", "0.5"),
        ("n.tsv", b"\xef\xbb\xbf" + TABLE, "map@100", "0.5"),
        ("n.tsv", b'#{"format": "gld-truth/1"}\n' + TABLE, "map@100", "0.5"),
        ("n.tsv", b"q 0 a 1\n", "map_cut_100", "0.5"),
        ("n.tsv", b"id,images,Usage\nq,a,Public\n", "map@100", "0.5"),
        ("p.tsv", b"id\tpath\tlandmark\nq\tq.jpg\tDome\n", "gap", "1.0"),
        ("p.tsv", b"\xef\xbb\xbfid\tpath\tlandmark\nq\tq.jpg\tDome\n", "gap", "1.0"),
    ],
)
def test_a_pipe_is_read_as_a_file_is(found, truth, metric, value):
    Path("truth").write_bytes(truth)
    command = ["gld-eval", found, "-m", metric, "--truth"]
    for result in (run([*command, "truth"]), run([*command, "-"], stdin=truth)):
        assert result.exit_code == 0, result.stderr
        assert result.stdout.splitlines()[-1].split("\t")[2] == value
