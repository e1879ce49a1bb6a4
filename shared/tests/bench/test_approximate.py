"""The tables of approximate search, on few images and by small factories."""

import pytest
from gld_shared.testing import photographs

HEADER = ["bytes", "refine", "probe", "@1", "@10", "@100", "q/s", "q/cpu-s", "build"]


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)  # the module unsets it
    import approximate_search

    return approximate_search


def test_vectors_in_clusters(bench, tmp_path):
    settings = {"IVF16,PQ16x4fs,RFlat": [(1, 2), (30, 16)], "PQ16x4fs": [(2, None)]}
    header, exact, poor, rich, flat = bench.clustered(tmp_path, 2_000, settings)
    assert header == ["clusters", *HEADER]
    assert exact[:7] == ["exact", "", "", "", "1", "1", "1"]
    # Codes of 8 bytes, and the number of 8 in lists; centroids add 16 and 512 values or more.
    assert (16 + 16) * 512 * 4 / 2_000 + 16 < float(poor[1]) == float(rich[1]) < 90
    assert 16 * 512 * 4 / 2_000 + 8 < float(flat[1]) < 30
    assert [(row[0], row[2], row[3]) for row in (poor, rich, flat)] == [
        ("IVF16,PQ16x4fs,RFlat", "1", "2"),
        ("IVF16,PQ16x4fs,RFlat", "30", "16"),
        ("PQ16x4fs", "2", ""),
    ]
    assert 0 < float(poor[6]) < float(flat[6]) < 1
    assert rich[4:7] == ["1.0000", "1.0000", "1.0000"]
    assert all(float(cell) > 0 for row in (exact, poor, rich, flat) for cell in row[7:9])
    assert not (tmp_path / "clustered.faiss").exists()


@pytest.mark.slow
@pytest.mark.skipif(photographs() is None, reason="GLD_DATA names no real photographs")
def test_photographs_among_distractors(bench, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    header, alone, exact, found = bench.photographed(tmp_path, 2_000, {"PQ16x4fs": [(24, None)]})
    assert header == ["photographs", *HEADER, "map@100"]
    assert float(alone[-1]) == pytest.approx(0.5, abs=0.05)
    assert 0.2 < float(exact[-1]) < float(alone[-1])
    # 24 times 100 candidates are all of the images.
    assert found[4:7] == ["1.0000", "1.0000", "1.0000"]
    assert found[-1] == exact[-1]
