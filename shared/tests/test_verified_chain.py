"""gld-eval --verify on a whole run: a flipped byte, a missing file, a file made again."""

import contextlib
import re
import shutil
from pathlib import Path

import pytest
from gld_shared.checkpoint import save_checkpoint
from gld_shared.networks import NetworkConfig, build
from gld_shared.provenance import history_of
from gld_shared.sha256 import sha256
from gld_shared.tables import read_list
from gld_shared.testing import run, small_image, small_list, small_truth

INDEX, QUERIES = [f"i{n}" for n in range(32)], ["q0", "q1"]
IMAGE = {"size": 32, "resize": "squash", "mean": [0.5] * 3, "std": [0.5] * 3}
EMBED = ["-c", "m.safetensors", "--images", "photos", "-o"]
REPEATED = "; restore it from a copy, or run {} and the commands after it again"
SEARCH = ["gld-search", "q.zarr", "--index", "i.zarr", "-o", "n.zarr", "-k"]
SELF = ["gld-search", "i.zarr", "--index", "i.zarr"]
STEPS = [
    ["gld-embed", "index.tsv", *EMBED, "i.zarr"],
    ["gld-embed", "queries.tsv", *EMBED, "q.zarr"],
    [*SEARCH, "5"],
    [*SELF, "-k", "5", "-o", "graph.zarr"],
    [*SELF, "--keep-self", "-k", "1", "-o", "tags.zarr"],
    ["gld-rerank", "explore", "n.zarr", "--graph", "graph.zarr", "-o", "explored.tsv"],
    [
        *("gld-rerank", "landmark", "explored.tsv", "--reference", "i.zarr"),
        *("--labels", "index.tsv", "--tags", "tags.zarr", "-o", "reranked.tsv"),
    ],
    ["gld-eval", "reranked.tsv", "--truth", "truth.tsv", "-o", "scores.tsv"],
]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Embed, search, rerank and score a few images, with a graph and tags."""
    folder = tmp_path_factory.mktemp("chain")
    with contextlib.chdir(folder):
        for seed, name in enumerate([*INDEX, *QUERIES]):
            small_image(Path("photos") / f"{name}.jpg", seed)
        small_list(Path("index.tsv"), INDEX)
        small_list(Path("queries.tsv"), QUERIES)
        small_truth(Path("truth.tsv"), "q0", ["i0"])
        with Path("truth.tsv").open("a") as truth:
            truth.write("q1\ti1\tall\n")
        network = build(NetworkConfig("test_resnet", neck="none"))
        config = {"model": {"backbone": "test_resnet", "neck": "none"}, "image": IMAGE}
        history = history_of("gld-train", ["demo.toml"], [read_list("index.tsv")])
        save_checkpoint(Path("m.safetensors"), network.state_dict(), config, 1, {}, history)
        for step in STEPS:
            result = run(step)
            assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def chain(made, tmp_path, monkeypatch):
    shutil.copytree(made, tmp_path / "chain")
    monkeypatch.chdir(tmp_path / "chain")


def problem() -> str:
    result = run(["gld-eval", "--verify", "scores.tsv"])
    assert (result.exit_code, result.stdout) == (1, "")
    return re.sub(r" \(and \d+ more\)", "", result.stderr.removeprefix("Error: ").rstrip("\n"))


@pytest.mark.usefixtures("chain")
def test_a_run_that_nobody_touched_matches():
    result = run(["gld-eval", "--verify", "scores.tsv"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "scores.tsv: every file of its history matches\n"


@pytest.mark.parametrize(
    ("path", "reader"),
    [
        ("reranked.tsv", "gld-eval"),
        ("truth.tsv", "gld-eval"),
        ("explored.tsv", "gld-rerank"),
        ("index.tsv", "gld-rerank"),
        ("queries.tsv", "gld-embed"),
        ("m.safetensors", "gld-embed"),
        ("i.zarr/vectors/c/0/0", "gld-rerank"),
        ("i.zarr/ids/c/0", "gld-rerank"),
        ("q.zarr/vectors/c/0/0", "gld-rerank"),
        ("n.zarr/rows/c/0/0", "gld-rerank"),
        ("n.zarr/scores/c/0/0", "gld-rerank"),
        ("graph.zarr/rows/c/0/0", "gld-rerank"),
        ("tags.zarr/scores/c/0/0", "gld-rerank"),
    ],
)
@pytest.mark.usefixtures("chain")
def test_a_flipped_byte_is_named(path, reader):
    file = Path(path)
    was, data = sha256(file), bytearray(file.read_bytes())
    data[-2] ^= 1
    file.write_bytes(data)
    changed = f"{path}: sha256 is {sha256(file)[:12]}, but {reader} read {was[:12]}"
    folder = Path(path).parts[0]
    remedy = REPEATED.format(reader)
    if folder.endswith(".zarr"):
        remedy = (
            f"; restore the file from a copy, or remove it, rename {folder} to {folder}.partial "
            f"and repeat the command that made {folder}"
        )
    assert problem() == changed + remedy


@pytest.mark.parametrize(
    ("path", "step"),
    [("i.zarr/vectors/c/0/0", 0), ("q.zarr/ids/c/0", 1), ("n.zarr/rows/c/0/0", 2)],
)
@pytest.mark.usefixtures("chain")
def test_a_chunk_is_made_again_as_the_message_says(path, step):
    folder, file = Path(path.partition("/")[0]), Path(path)
    file.write_bytes(file.read_bytes()[::-1])
    assert problem().endswith(
        f"; restore the file from a copy, or remove it, rename {folder} to {folder}.partial and "
        f"repeat the command that made {folder}"
    )
    file.unlink()
    folder.rename(f"{folder}.partial")
    assert run([*STEPS[step]]).exit_code == 0
    assert run(["gld-eval", "--verify", "scores.tsv"]).exit_code == 0


@pytest.mark.parametrize("path", ["n.zarr", "graph.zarr", "tags.zarr"])
@pytest.mark.usefixtures("chain")
def test_changed_metadata_of_neighbours_are_named(path):
    rewrite(Path(path) / "zarr.json", b"gld-search", b"gld-Search")
    assert problem() == (
        f"{path}/zarr.json: changed since the search was finished; restore the neighbours from a "
        "copy, or make them again under another name"
    )


@pytest.mark.usefixtures("chain")
def test_changed_metadata_of_a_store_are_named():
    rewrite(Path("q.zarr/zarr.json"), b"queries.tsv", b"Queries.tsv")
    assert problem() == (
        "q.zarr/zarr.json: changed since the store was finished; restore the store from a copy, or "
        "embed again under another name"
    )


def rewrite(file: Path, old: bytes, new: bytes) -> None:
    file.write_bytes(file.read_bytes().replace(old, new, 1))


@pytest.mark.parametrize("path", ["queries.tsv", "m.safetensors", "explored.tsv"])
@pytest.mark.usefixtures("chain")
def test_a_missing_file_is_named(path):
    was = sha256(path)[:12]
    Path(path).unlink()
    reader = "gld-rerank" if path == "explored.tsv" else "gld-embed"
    assert problem() == f"{path}: missing; {reader} read it with sha256 {was}" + REPEATED.format(
        reader
    )


@pytest.mark.usefixtures("chain")
def test_neighbours_made_by_other_settings_are_named_with_both():
    was = digest("n.zarr")
    shutil.rmtree("n.zarr")
    assert run([*SEARCH, "4"]).exit_code == 0
    assert problem() == (
        f"n.zarr: sha256 is {digest('n.zarr')}, but gld-rerank read {was}; it was made by other "
        "settings: gld-search q.zarr --index i.zarr --neighbours 4, but the history records "
        "gld-search q.zarr --index i.zarr --neighbours 5" + REPEATED.format("gld-rerank")
    )


@pytest.mark.usefixtures("chain")
def test_a_table_made_by_other_settings_is_named_with_both():
    was = sha256("explored.tsv")[:12]
    assert run([*STEPS[5], "--threshold", "0.25"]).exit_code == 0
    assert problem() == (
        f"explored.tsv: sha256 is {sha256('explored.tsv')[:12]}, but gld-rerank read {was}; it was "
        "made by other settings: gld-rerank explore n.zarr --threshold 0.25 --graph graph.zarr, "
        "but the history records gld-rerank explore n.zarr --graph graph.zarr"
        + REPEATED.format("gld-rerank")
    )


@pytest.mark.usefixtures("chain")
def test_a_checkpoint_and_a_store_made_from_other_files_are_named():
    with Path("index.tsv").open("a") as listed:
        listed.write("i32\ti0.jpg\t5\tFR\n")
    shutil.rmtree("i.zarr")
    was = "".join(re.findall(r'"path": "i.zarr", "sha256": "(\w{12})', header("scores.tsv"))[:1])
    assert run(STEPS[0]).exit_code == 0
    lines = run(["gld-eval", "--verify", "-v", "scores.tsv"]).stderr
    assert (
        f"gld-eval: i.zarr: sha256 is {digest('i.zarr')}, but gld-rerank read {was}; it was made "
        f"by the same command from other files{REPEATED.format('gld-rerank')}\n" in lines
    )
    network = build(NetworkConfig("test_resnet", neck="none"))
    config = {"model": {"backbone": "test_resnet", "neck": "none"}, "image": IMAGE}
    history = history_of("gld-train", ["other.toml"], [read_list("queries.tsv")])
    save_checkpoint(Path("m.safetensors"), network.state_dict(), config, 1, {}, history)
    lines = run(["gld-eval", "--verify", "-v", "scores.tsv"]).stderr
    assert (
        "; it was made by other settings: gld-train other.toml, but the history records gld-train "
        f"demo.toml{REPEATED.format('gld-embed')}\n" in lines
    )


def digest(path: str) -> str:
    """Return the digest that a store or neighbours carry."""
    found = re.search(r'"digests": \{[^}]*?"sha256": "(\w{12})', metadata(path), re.DOTALL)
    assert found
    return found[1]


def metadata(path: str) -> str:
    return (Path(path) / "zarr.json").read_text()


def header(path: str) -> str:
    return Path(path).read_text().partition("\n")[0]
