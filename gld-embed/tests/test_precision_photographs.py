"""The effect of bfloat16 on real photographs, with trained weights."""

import numpy as np
import polars as pl
import pytest
from gld_embed.inference.precision import cpu_has_bf16
from gld_shared.metrics import mean_average_precision
from gld_shared.store import open_store
from gld_shared.tables import LIST, write_table
from gld_shared.testing import photographs, run

FOLDER = photographs()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(FOLDER is None, reason="GLD_DATA does not name the real photographs"),
    pytest.mark.skipif(not cpu_has_bf16(), reason="this CPU has no bfloat16"),
]


def embedded(folder, rows, precision: str, backend: str) -> np.ndarray:
    output = folder / f"{precision}-{backend}.zarr"
    write_table(folder / "list.tsv", LIST, rows.select("id", "path"), {"history": []})
    result = run(
        [
            *("gld-embed", folder / "list.tsv", "-c", "packaged:efficientnet_lite0"),
            *("--size", "224"),
            *("--images", FOLDER / "monuments" / "images", "-o", output, "--device", "cpu"),
            *("--dtype", "float32", "--precision", precision, "--backend", backend),
        ]
    )
    assert result.exit_code == 0, result.output
    store = open_store(output)
    return store.read(slice(0, store.n))


def map_at_100(vectors: np.ndarray, landmarks: np.ndarray) -> float:
    """Return the mAP@100 of each photograph as a query among all others."""
    similarity = vectors @ vectors.T
    np.fill_diagonal(similarity, -np.inf)
    ranked = np.argsort(-similarity, axis=1, kind="stable")[:, :100]
    relevant = landmarks[ranked] == landmarks[:, None]
    positives = (landmarks == landmarks[:, None]).sum(axis=1) - 1
    return mean_average_precision(relevant, positives, 100)


def test_bfloat16_retrieves_as_well_as_fp32(tmp_path, capsys):
    """The bounds leave room for other processors; the README has the measured values."""
    pytest.importorskip("openvino")
    rows = pl.read_csv(FOLDER / "monuments" / "images.csv", schema_overrides={"id": pl.String})
    landmarks = rows["landmark"].to_numpy()
    exact = embedded(tmp_path, rows, "fp32", "torch")
    expected = map_at_100(exact, landmarks)
    for precision, backend in [("bf16", "torch"), ("fp32", "openvino"), ("bf16", "openvino")]:
        vectors = embedded(tmp_path, rows, precision, backend)
        cosine = (exact * vectors).sum(axis=1)
        score = map_at_100(vectors, landmarks)
        with capsys.disabled():
            print(
                f"\n{backend} {precision}: cosine to torch fp32 lowest {cosine.min():.5f}, "
                f"median {np.median(cosine):.5f}; mAP@100 {score:.4f}, fp32 {expected:.4f}"
            )
        lowest, median = (0.98, 0.998) if precision == "bf16" else (1 - 1e-5, 1 - 1e-5)
        assert cosine.min() > lowest
        assert np.median(cosine) > median
        assert score == pytest.approx(expected, abs=0.003)
