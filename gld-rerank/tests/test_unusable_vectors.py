"""Vectors without a length, in any store that a method reads."""

import shutil

import numpy as np
import pytest
from gld_shared.store import open_store, write_store
from gld_shared.testing import run, small_list, small_neighbours, small_store

IDS = [f"i{position:02}" for position in range(40)]


@pytest.mark.parametrize(
    ("broken", "row"), [("queries", 0), ("index", 17), ("reference", 38), ("index", 39)]
)
@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (np.nan, "its vector is not finite"),
        (0, "its vector has length 0, expected 1e-15 to 1e+15"),
    ],
)
def test_a_vector_without_a_length_is_named(tmp_path, broken, row, value, fault):
    ids = {"queries": ["a", "b"], "index": IDS, "reference": IDS}
    stores = {name: small_store(tmp_path / f"{name}.zarr", ids[name], seed=1) for name in ids}
    sound = open_store(stores[broken])
    vectors = sound.read(slice(0, sound.n))
    vectors[row] = value
    shutil.rmtree(stores[broken])
    write_store(stores[broken], ids[broken], vectors, sound.attributes, dtype="float32")
    table = small_neighbours(tmp_path / "n.tsv", stores["queries"], stores["index"], IDS[:5])
    labels = small_list(tmp_path / "l.tsv", IDS)
    landmark = ["landmark", table, "--reference", stores["reference"], "--labels", labels]
    for arguments in [landmark] if broken == "reference" else [landmark, ["expand", table]]:
        result = run(["gld-rerank", *arguments, "-o", tmp_path / "out.tsv"])
        assert result.exit_code == 1 and not (tmp_path / "out.tsv").exists()
        assert result.stderr == (
            f"Error: {stores[broken]}: row {row} (id {ids[broken][row]!r}): {fault}; "
            "restore the store from a copy, or embed again under another name\n"
        )
