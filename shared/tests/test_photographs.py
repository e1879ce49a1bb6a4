"""The whole job on real photographs, with the weights that install with the tools."""

import csv
import io
from pathlib import Path

import pytest
from gld_shared.testing import photographs, run

FOLDER = photographs()
needs_photographs = pytest.mark.skipif(
    FOLDER is None, reason="GLD_DATA does not name the folder of real photographs"
)


def link_by_landmark(folder: Path) -> None:
    """Make a folder per landmark, as a person would keep photographs."""
    source = FOLDER / "monuments"
    for row in csv.DictReader(io.StringIO((source / "images.csv").read_text())):
        place = folder / row["landmark"]
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{row['id']}.jpg").symlink_to(source / "images" / row["path"])


def done(*arguments: str) -> str:
    result = run(arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def map_at_100(text: str) -> float:
    rows = list(csv.reader(io.StringIO(text), delimiter="\t"))[2:]
    (value,) = (float(row[2]) for row in rows if row[:2] == ["map@100", "all"])
    return value


@needs_photographs
def test_imagenet_weights_on_real_photographs(tmp_path, monkeypatch):
    """Another draw of queries moves a score by 0.02, another processor's bf16 by 0.001."""
    monkeypatch.chdir(tmp_path)
    link_by_landmark(tmp_path / "photos")
    done("gld-lists", "folder", "photos", "--labels-from-folders", "-o", "all.tsv")
    done("gld-lists", "split", "all.tsv", "--held-out", "0.6", "--queries", "5", "-o", "lists")
    for name in ("train", "queries", "index"):
        done(
            *("gld-embed", f"lists/{name}.tsv", "-c", "packaged:efficientnet_lite0"),
            *("--size", "224", "--images", "photos", "-o", f"{name}.zarr"),
        )
    done("gld-search", "queries.zarr", "--index", "index.zarr", "-o", "plain.tsv")
    done("gld-rerank", "expand", "plain.tsv", "-o", "expand.tsv")
    # The list has no countries.
    references = ("--reference", "train.zarr", "--labels", "lists/train.tsv", "--beta", "0")
    done("gld-rerank", "landmark", "plain.tsv", *references, "-o", "landmark.tsv")
    plain, expand, landmark = (
        map_at_100(done("gld-eval", f"{name}.tsv", "--truth", "lists/truth.tsv"))
        for name in ("plain", "expand", "landmark")
    )
    assert plain == pytest.approx(0.48, abs=0.05)
    assert expand == pytest.approx(plain, abs=0.05)
    # Other photographs of the same landmarks vote.
    assert landmark == pytest.approx(0.72, abs=0.08)


@needs_photographs
@pytest.mark.slow
def test_lda_whitening_on_real_photographs(tmp_path, monkeypatch):
    """64 values learned from other photographs of the same landmarks beat all 1,280."""
    monkeypatch.chdir(tmp_path)
    link_by_landmark(tmp_path / "photos")
    done("gld-lists", "folder", "photos", "--labels-from-folders", "-o", "all.tsv")
    done("gld-lists", "split", "all.tsv", "--queries", "5", "-o", "lists")
    embed = ("--images", "photos", "--size", "192", "-o")
    done("gld-embed", "lists/train.tsv", "-c", "packaged:efficientnet_lite0", *embed, "t.zarr")
    labels = ("--labels", "lists/train.tsv")
    done("gld-train", "whiten", "t.zarr", *labels, "--dim", "64", "-o", "lda.safetensors")
    done("gld-train", "whiten", "t.zarr", "--dim", "64", "--shrinkage", "1", "-o", "p.safetensors")
    values = []
    for name in ("packaged:efficientnet_lite0", "p.safetensors", "lda.safetensors"):
        for part in ("queries", "index"):
            store = f"{part}-{name[:3]}.zarr"
            done("gld-embed", f"lists/{part}.tsv", "-c", name, *embed, store)
        done("gld-search", f"queries-{name[:3]}.zarr", "--index", f"index-{name[:3]}.zarr",
             "-o", "n.tsv")  # fmt: skip
        values.append(map_at_100(done("gld-eval", "n.tsv", "--truth", "lists/truth.tsv")))
    plain, projected, whitened = values
    assert projected == pytest.approx(plain, abs=0.04)
    assert whitened == pytest.approx(0.77, abs=0.05)
