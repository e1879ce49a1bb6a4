"""Metadata with any value in place of another: the same store, or an error that names it."""

import json

import numpy as np
import pytest
import zarr
from gld_shared.errors import DataError
from gld_shared.store import check_comparable, open_store
from hypothesis import given, settings
from hypothesis import strategies as st

IDS = [f"é{row}" for row in range(100)]
VECTORS = np.random.default_rng(0).normal(size=(100, 8)).astype(np.float16)
ATTRIBUTES = {
    "format": "gld-embeddings/1",
    "checkpoint": {"path": "m.safetensors", "sha256": "12ab"},
    "image": {"size": 8, "mean": [0.5], "flip": False},
    "model": {"backbone": "resnet50"},
    "history": [{"tool": "t", "version": "1", "arguments": ["a"], "inputs": []}],
}
FILES = ["zarr.json", "ids/zarr.json", "vectors/zarr.json"]
DEEP = "[" * 2000 + "]" * 2000
# JSON, some of which no program writes.
VALUES = [
    "null", "true", "0", "-1", "3", "1.5", "1e999", "NaN", "9" * 5000, str(2**63), DEEP, "[]", "{}",
    '""', '"\\ud800"', '"\\u0000"', '"big"', '"float16"', '"string"', "[100]", "[64, 8]",
    '{"name": "bytes"}', '{"name": "gzip", "configuration": {"level": 99}}', "[[]]", "[1, null]",
]  # fmt: skip


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    """Return a store to compare with, and stores of another program in three layouts."""
    folder = tmp_path_factory.mktemp("mutated")
    layouts = {
        "plain": {"compressors": None},
        "zstd": {},
        "transposed": {"filters": [zarr.codecs.TransposeCodec(order=(1, 0))]},
    }
    for name, layout in {"sound": {}, **layouts}.items():
        group = zarr.create_group(folder / name, zarr_format=3, attributes=ATTRIBUTES)
        kind = np.dtypes.StringDType()
        group.create_array("ids", data=np.asarray(IDS, dtype=kind), chunks=(64,), compressors=None)
        group.create_array("vectors", data=VECTORS, chunks=(64, 8), **layout)
    return open_store(folder / "sound"), [folder / name for name in layouts]


def places(value, above=()):
    """Yield the keys that lead to each value inside a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in inside:
        yield (*above, key)
        if isinstance(member, dict | list):
            yield from places(member, (*above, key))


def replaced(text, place, new):
    """Return JSON text with another value, itself JSON text, at a place."""
    value = json.loads(text)
    parent = value
    for key in place[:-1]:
        parent = parent[key]
    parent[place[-1]] = "NEW VALUE"
    return json.dumps(value).replace('"NEW VALUE"', new)


def check_values(stores, count):
    sound, paths = stores

    @settings(max_examples=count, deadline=None, database=None)
    @given(st.data())
    def check(data):
        path = data.draw(st.sampled_from(paths))
        file = path / data.draw(
            st.sampled_from(["zarr.json", "ids/zarr.json", "vectors/zarr.json"])
        )
        text = file.read_text()
        place = data.draw(st.sampled_from(list(places(json.loads(text)))))
        new = data.draw(st.sampled_from(VALUES))
        try:
            file.write_text(replaced(text, place, new))
            store = open_store(path)
            assert list(store.ids) == IDS
            assert np.array_equal(store.read(slice(0, 100)), VECTORS)
            check_comparable(sound, store)
            json.dumps(store.history)
        except DataError as error:
            assert str(path) in str(error)
        finally:
            file.write_text(text)

    check()


def test_values(stores):
    check_values(stores, 100)


@pytest.mark.slow
def test_10000_values(stores):
    check_values(stores, 10_000)
