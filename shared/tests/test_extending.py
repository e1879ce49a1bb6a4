"""The recipes of docs/extending.md lead to a result."""

import re
import sys
import zipfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import gld_embed.worker
import pytest
from gld_eval.evaluate import evaluate
from gld_eval.protocols import gldv2_retrieval
from gld_eval.protocols.gldv2_retrieval import over_positives
from gld_rerank.cli import main as rerank_group
from gld_shared.checkpoint import load_checkpoint
from gld_shared.store import open_store
from gld_shared.tables import read_neighbours
from gld_shared.testing import ranking_of, run, truth_of
from gld_train.losses.registry import HEADS
from gld_train.samplers.registry import SAMPLERS

PAGE = (Path(__file__).parents[2] / "docs" / "extending.md").read_text()
SECTIONS = dict(re.findall(r"^## (Add a.*?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


FILE_NAME = re.compile(r"^# \S+/src/(\S+)\.py\n", re.MULTILINE)


@pytest.fixture
def recipe(user_folder, monkeypatch):
    """Return a function that imports the files of a section's example; it returns the last."""

    def follow(section):
        (example,) = re.findall(r"^```python\n(.*?)^```$", SECTIONS[section], re.M | re.DOTALL)
        names, texts = FILE_NAME.findall(example), FILE_NAME.split(example)[::2]
        for name, text in zip(names or ["recipe"], texts[1:] or texts, strict=True):
            file = Path(Path(name).name + ".py")
            file.write_text(text)
            module_name = name.replace("/", ".")
            spec = spec_from_file_location(module_name, file)
            module = module_from_spec(spec)
            monkeypatch.setitem(sys.modules, module_name, module)
            spec.loader.exec_module(module)
        return module

    return follow


def train(*settings):
    """Train briefly with these settings, and return the checkpoint."""
    command = ["gld-train", "lists/full.tsv", "--config", "demo.toml", "--images", "photos"]
    overrides = [part for setting in settings for part in ("--set", setting)]
    result = run([*command, "-j", "0", *overrides, "-o", "m.safetensors"])
    assert result.exit_code == 0, result.output
    return load_checkpoint("m.safetensors")


def test_add_a_backbone(recipe):
    recipe("Add a backbone")
    checkpoint = train("model.backbone=patches16", "model.neck=none")
    assert checkpoint.tensors["backbone.stem.weight"].shape == (64, 3, 16, 16)


def test_add_a_loss(recipe, monkeypatch):
    monkeypatch.setitem(HEADS, "normface", recipe("Add a loss").NormFace)
    assert train("head.kind=normface").config["head"]["kind"] == "normface"


def test_add_a_sampler(recipe, monkeypatch):
    half = recipe("Add a sampler").Half
    monkeypatch.setitem(SAMPLERS, "half", lambda samples, data, shares: half(len(samples)))
    assert train("data.sampler=half").step == len(range(0, 20, 8))


def test_add_an_image_source(recipe, monkeypatch):
    with zipfile.ZipFile("photos.zip", "w") as archive:
        for file in Path("photos").rglob("*.jpg"):
            archive.write(file, file.relative_to("photos"))
    command = ["gld-embed", "lists/queries.tsv", "-c", "pixels:4", "--images"]
    assert run([*command, "photos", "-o", "folder.zarr"]).exit_code == 0
    source = recipe("Add an image source").ZipFile
    monkeypatch.setattr(gld_embed.worker, "open_source", lambda images, work: source(images))
    assert run([*command, "photos.zip", "-o", "zip.zarr"]).exit_code == 0
    assert (open_store("zip.zarr").read(slice(4)) == open_store("folder.zarr").read(slice(4))).all()


def test_add_a_rerank_method(recipe, monkeypatch):
    monkeypatch.setattr(rerank_group, "commands", dict(rerank_group.commands))
    recipe("Add a rerank method")
    result = run(["gld-rerank", "average", "neighbours.tsv", "-k", "3", "-o", "again.tsv"])
    assert result.exit_code == 0, result.output
    assert read_neighbours("again.tsv").rows["rank"].to_list() == [1, 2, 3] * 4


def test_add_a_metric(recipe, monkeypatch):
    measure = over_positives(recipe("Add a metric").hit_at)
    monkeypatch.setitem(gldv2_retrieval.PROTOCOL.measures, "hit@K", measure)
    result = run(["gld-eval", "neighbours.tsv", "--truth", "lists/truth.tsv", "-m", "hit@5"])
    assert result.exit_code == 0, result.output
    assert [row.split("\t")[0] for row in result.stdout.splitlines()[2:]] == ["hit@5"]


def test_add_a_protocol(recipe):
    protocol = recipe("Add a protocol").PROTOCOL
    ranking = ranking_of({"a": ["x", "y", "z"], "b": ["b", "z"], "c": ["x"]})
    pairs = [("a", "y", "all"), ("a", "z", "all"), ("b", "z", "all"), ("c", "y", "all")]
    found = evaluate(ranking, truth_of(pairs), protocol=protocol)
    assert found.values["mrr"].tolist() == [1 / 2, 1, 0]
