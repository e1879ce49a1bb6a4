"""The function ``embed``, called from Python."""

import inspect
import pickle

import pytest
from gld_embed import embed
from gld_shared.errors import DataError
from gld_shared.sha256 import sha256
from gld_shared.store import open_store
from gld_shared.testing import run


def test_embed_makes_the_store_of_the_command(collection):
    collection.make(5)
    lists, images = [collection.folder / "list.tsv"], collection.folder / "photos"
    done = []
    made = embed(
        lists, images, "pixels:4", collection.store("x.zarr"),
        flip=True, advance=lambda count, text=None: done.append(count),
    )  # fmt: skip
    assert (made, sum(done)) == (collection.store("x.zarr"), 5)
    command = ["gld-embed", *lists, "-c", "pixels:4", "--images", images, "--flip"]
    result = run([*command, "-o", collection.store("y.zarr")])
    assert result.exit_code == 0, result.output
    ours, commands = open_store(made), open_store(collection.store("y.zarr"))
    assert sha256(made / "vectors") == sha256(commands.path / "vectors")
    history = ours.attributes.pop("history")
    assert history[-1] == commands.attributes.pop("history")[-1] | {"arguments": []}
    assert ours.attributes == commands.attributes


def test_a_finished_store_is_kept_or_refused(collection):
    collection.make(2)
    arguments = ([collection.folder / "list.tsv"], collection.folder / "photos", "pixels:4")
    made = embed(*arguments, collection.store("x.zarr"))
    before = (made / "zarr.json").stat().st_mtime_ns
    assert embed(*arguments, made) == made
    assert (made / "zarr.json").stat().st_mtime_ns == before
    with pytest.raises(DataError, match="was made with another image"):
        embed(*arguments, made, flip=True)
    assert sorted(path.name for path in collection.folder.iterdir()) == [
        "list.tsv", "photos", "x.zarr"
    ]  # fmt: skip


def test_other_processes_can_be_started_from_python():
    start = inspect.signature(embed).parameters["start"].default
    assert pickle.loads(pickle.dumps(start)) is start


@pytest.mark.parametrize("option", ["dtype", "precision", "backend", "engine"])
def test_an_unknown_option_is_an_error(collection, option):
    collection.make(1)
    lists, images = collection.folder / "list.tsv", collection.folder / "photos"
    with pytest.raises(DataError, match=f"{option} is 'fp8', expected "):
        embed(lists, images, "pixels:4", collection.store("x.zarr"), **{option: "fp8"})
