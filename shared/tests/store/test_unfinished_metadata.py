"""The zarr.json of an unfinished group has a digest of itself."""

import json
import random

import pytest
from gld_shared.errors import DataError
from gld_shared.provenance import step
from gld_shared.store.contract import EMBEDDINGS
from gld_shared.store.spec import StoreSpec
from gld_shared.store.unfinished_metadata import check_unfinished_metadata, write_empty_group

ATTRIBUTES = {"normalized": True, "history": [step("gld-embed", "1", ["list.tsv"], [])]}


@pytest.fixture
def folder(tmp_path):
    write_empty_group(StoreSpec(["a", "b"], 4, attributes=ATTRIBUTES), tmp_path / "x")
    return tmp_path / "x"


def test_any_changed_byte_is_noticed(folder):
    file = folder / "zarr.json"
    whole = file.read_bytes()
    check_unfinished_metadata(folder, EMBEDDINGS)
    for place in random.Random(0).sample(range(len(whole)), 200):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            check_unfinished_metadata(folder, EMBEDDINGS)
        except DataError:
            continue
        assert chr(whole[place]).isspace(), place


def test_a_changed_attribute_is_named(folder):
    file = folder / "zarr.json"
    file.write_text(file.read_text().replace("list.tsv", "lisp.tsv"))
    with pytest.raises(DataError) as caught:
        check_unfinished_metadata(folder, EMBEDDINGS)
    assert str(caught.value) == (
        f"{file}: changed since it was written; restore the store from a copy, or embed again "
        "under another name"
    )


def test_that_of_an_older_release_has_no_digest(folder):
    file = folder / "zarr.json"
    metadata = json.loads(file.read_text())
    del metadata["attributes"]["digests"], metadata["attributes"]["has_digests"]
    file.write_text(json.dumps(metadata))
    check_unfinished_metadata(folder, EMBEDDINGS)
