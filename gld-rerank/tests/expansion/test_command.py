"""The command expand."""

import numpy as np
import pytest
from gld_shared.store import open_store
from gld_shared.tables import read_neighbours
from gld_shared.testing import run


def test_bare_rerank_is_expand_and_equals_numpy(tmp_path, stores_and_neighbours):
    queries, index, table = stores_and_neighbours
    named = run(["gld-rerank", "expand", table, "--top", "3", "-k", "10"])
    bare = run(["gld-rerank", "--top", "3", "-k", "10"], table.read_text())
    assert named.exit_code == bare.exit_code == 0, bare.stderr
    assert named.stdout.splitlines()[1:] == bare.stdout.splitlines()[1:]
    (tmp_path / "out.tsv").write_text(named.stdout)
    q, x = open_store(queries).read([0])[0], open_store(index).read(slice(0, 40))
    # The weights are similarities, not the scores of the table.
    scores = np.clip(x[:3] @ q, 0, None)
    q = q + (scores[:, None] ** 3 * x[:3]).sum(axis=0)
    expected = -np.sort(-(x @ (q / np.linalg.norm(q))))[:10]
    found = read_neighbours(tmp_path / "out.tsv").rows["score"].to_numpy()
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("score", ["inf", "1e36", "-5"])
def test_expand_takes_scores_of_any_size(tmp_path, stores_and_neighbours, score):
    *_, table = stores_and_neighbours
    plain = run(["gld-rerank", "expand", table]).stdout.splitlines()
    head, names, *rows = table.read_text().splitlines()
    rows = [f"{row.rpartition(chr(9))[0]}\t{score}" for row in rows]
    table.write_text("\n".join([head, names, *rows, ""]))
    result = run(["gld-rerank", "expand", table, "--alpha", "1000"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert run(["gld-rerank", "expand", table]).stdout.splitlines()[1:] == plain[1:]
