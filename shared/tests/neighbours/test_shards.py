"""The table of a shard is refused wherever a whole search is expected."""

import pytest
from gld_shared.testing import refused, run, small_list, small_store, small_truth

IDS = [f"i{row:02}" for row in range(60)]
LANDMARK = ["gld-rerank", "landmark", "n.tsv", "--reference", "i.zarr", "--labels", "l.tsv"]


@pytest.fixture
def searches(tmp_path, monkeypatch):
    """Write a whole search, and a shard of it, of a graph, and of tags."""
    monkeypatch.chdir(tmp_path)
    small_store(tmp_path / "q.zarr", ["a", "b"], seed=1)
    small_store(tmp_path / "i.zarr", IDS, seed=2)
    small_list(tmp_path / "l.tsv", IDS)
    with small_truth(tmp_path / "truth.tsv", "a", IDS[:2]).open("a") as truth:
        truth.write("b\t\tignored\n")
    for name, *arguments in (
        ("n", "q.zarr"),
        ("shard", "q.zarr", "--shard", "1/2"),
        ("graph", "i.zarr", "-k", "30", "--shard", "1/2"),
        ("tags", "i.zarr", "--keep-self", "-k", "1", "--shard", "1/2"),
        ("query-tags", "q.zarr", "--keep-self", "-k", "30", "--shard", "1/2"),
    ):
        command = ["gld-search", *arguments, "--index", "i.zarr", "-o", f"{name}.tsv"]
        assert run(command).exit_code == 0


@pytest.mark.parametrize(
    ("table", "command"),
    [
        ("shard", ["gld-rerank", "expand", "shard.tsv"]),
        ("shard", ["gld-rerank", "fuse", "n.tsv", "shard.tsv"]),
        ("shard", ["gld-rerank", "labels", "shard.tsv", "--labels", "l.tsv"]),
        ("graph", ["gld-rerank", "diffuse", "n.tsv", "--graph", "graph.tsv"]),
        ("graph", ["gld-rerank", "augment", "i.zarr", "--graph", "graph.tsv", "-o", "a.zarr"]),
        ("graph", [*LANDMARK, "--graph", "graph.tsv"]),
        ("tags", [*LANDMARK, "--tags", "tags.tsv"]),
        ("query-tags", [*LANDMARK, "--query-tags", "query-tags.tsv"]),
        ("shard", ["gld-eval", "shard.tsv", "--truth", "truth.tsv"]),
        ("shard", ["gld-eval", "n.tsv", "--truth", "truth.tsv", "--baseline", "shard.tsv"]),
        ("shard", ["gld-lists", "submission", "shard.tsv"]),
    ],
)
def test_a_shard_is_refused(searches, table, command):
    assert refused(command) == (
        f"Error: {table}.tsv:1: is shard 1/2 of a search, without the neighbours in the others; "
        "give the table that gld-search merge makes of all shards\n"
    )


def test_a_shard_whose_header_was_edited_is_refused(searches, tmp_path):
    text = (tmp_path / "shard.tsv").read_text()
    (tmp_path / "shard.tsv").write_text(text.replace('"shard": {', '"shard": 1, "was": {', 1))
    assert refused(["gld-rerank", "expand", "shard.tsv"]) == (
        "Error: shard.tsv:1: is a shard of a search, without the neighbours in the others; "
        "give the table that gld-search merge makes of all shards\n"
    )
