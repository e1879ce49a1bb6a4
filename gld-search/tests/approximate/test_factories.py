"""Factory strings that cannot be, and what is missing for others."""

import pytest
from gld_search.approximate.factory import empty_index
from gld_shared.errors import DataError
from gld_shared.tables import read_neighbours
from gld_shared.testing import small_store, succeeded

from .commands import IVF, SEARCH, refused

pytestmark = pytest.mark.usefixtures("folder")
EXPECTED = "expected a FAISS factory string, such as IVF4096,PQ64x4fs"


def test_without_faiss_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "faiss", None)
    assert refused(*SEARCH, "index.zarr", "--factory", IVF) == (
        "Error: approximate search: faiss cannot be imported (import of faiss halted; None in "
        "sys.modules); pip install faiss-cpu, or the extra approximate, as in "
        "gld-search[approximate]"
    )


@pytest.mark.parametrize(
    ("factory", "line"),
    [
        ("foo", f"no index of vectors of 16 values: could not parse index string foo; {EXPECTED}"),
        (
            "IVF16,PQ7",
            "no index of vectors of 16 values: The dimension of the vector (d) should be a "
            f"multiple of the number of subquantizers (M); {EXPECTED}",
        ),
        (
            "LSH",
            f"no index of vectors of 16 values: faiss requires metric == METRIC_L2; {EXPECTED}",
        ),
        ("HNSW1", f"HNSW1 is not from 2 to 1024; {EXPECTED}"),
        ("IVF4_HNSW0,Flat", f"_HNSW0 is not from 2 to 1024; {EXPECTED}"),
        ("HNSW1000000", f"HNSW1000000 is not from 2 to 1024; {EXPECTED}"),
        ("NSG2", f"NSG2 is not from 8 to 1024; {EXPECTED}"),
        ("IVF0,Flat", f"IVF0 is not from 1 to 2147483647; {EXPECTED}"),
        ("PQ16x0", f"x0 is not from 1 to 2147483647; {EXPECTED}"),
        ("IVF9999999999,Flat", f"IVF9999999999 is not from 1 to 2147483647; {EXPECTED}"),
        ("RR999999999,Flat", f"RR999999999 is not from 1 to 4096; {EXPECTED}"),
        ("OPQ8_99999,Flat", f"_99999 is not from 1 to 4096; {EXPECTED}"),
        (
            "OPQ7,Flat",
            "cannot be trained on 3,000 images: The dimension of the vector (d) should be a "
            "multiple of the number of subquantizers (M); use a factory with fewer centroids, or "
            "search exactly without --factory",
        ),
        (
            "IVF4096,Flat",
            "4,096 inverted lists need at least as many images, the index holds 3,000; use fewer "
            "lists, or search exactly without --factory",
        ),
        (
            "PQ8x12",
            "cannot be trained on 3,000 images: Number of training points (3000) should be at "
            "least as large as number of clusters (4096); use a factory with fewer centroids, or "
            "search exactly without --factory",
        ),
        (
            "IDMap,Flat",
            "vectors cannot be added: add does not make sense with IndexIDMap, use add_with_ids; "
            "use another factory, which adds vectors at any time, such as IVF4096,PQ64x4fs",
        ),
    ],
)
def test_factory_strings_that_cannot_be(factory, line):
    assert refused(*SEARCH, "index.zarr", "--factory", factory) == (
        f"Error: --factory {factory}: {line}"
    )


def test_a_factory_string_of_any_length_does_not_crash():
    """The parser of FAISS recurses once a character."""
    with pytest.raises(DataError) as caught:
        empty_index("x" * 20_000, 16)
    assert str(caught.value).endswith(f": 20,000 characters, expected at most 1,000; {EXPECTED}")


def test_few_images_for_many_lists_is_a_warning():
    result = succeeded([*SEARCH, "index.zarr", "--factory", "IVF100,PQ8x4fs", "-k", "1"])
    assert result.stderr == (
        "gld-search: --factory IVF100,PQ8x4fs: trained on 3,000 images, FAISS advises 3,900: 39 "
        "for each inverted list\n"
    )


def test_an_empty_factory_is_no_exact_search():
    assert refused(*SEARCH, "index.zarr", "--factory", "", code=2) == (
        "Error: --factory is empty; expected a FAISS factory string, such as IVF4096,PQ64x4fs; "
        "leave the option out to search exactly"
    )


@pytest.mark.parametrize("factory", ["NSG16", "PCA8,NSG16", "HNSW16", "PCA8,HNSW16,Refine(SQ8)"])
def test_a_longer_queue_finds_more_in_a_graph(tmp_path, factory):
    def recall(probe):
        options = ["--factory", factory, "--probe", probe, "--refine", "1", "--recall", "50"]
        succeeded([*SEARCH, "index.zarr", *options, "-k", "10", "-o", tmp_path / "n.tsv"])
        found = read_neighbours(tmp_path / "n.tsv").header["approximate"]
        assert found["probe"] == int(probe)
        return found["recall"]["at"]["10"]

    assert recall("1") < recall("200")


@pytest.mark.parametrize("factory", ["NSG16", "PCA8,NSG16", "IVF128_NSG16,Flat", "HNSW16"])
def test_an_index_of_more_images_than_a_block(tmp_path, monkeypatch, factory):
    monkeypatch.setattr("gld_search.approximate.build.ROWS_AT_ONCE", 1000)
    options = ["--factory", factory, "-k", "10", "-o", tmp_path / "n.tsv"]
    succeeded([*SEARCH, "index.zarr", *options])
    assert read_neighbours(tmp_path / "n.tsv").rows.height == 10 * 150


@pytest.mark.parametrize("factory", ["NSG16", "HNSW16"])
def test_a_queue_longer_than_the_index_is_that_of_all_images(tmp_path, factory):
    options = ["--factory", factory, "-k", "10", "-o", tmp_path / "n.tsv"]
    succeeded([*SEARCH, "index.zarr", *options, "--probe", "1000000000"])
    found = read_neighbours(tmp_path / "n.tsv")
    assert found.header["approximate"]["probe"] == 3000
    exact = succeeded([*SEARCH, "index.zarr", "-k", "10", "-o", tmp_path / "exact.tsv"])
    assert exact.exit_code == 0
    assert found.rows.equals(read_neighbours(tmp_path / "exact.tsv").rows)


@pytest.mark.parametrize("factory", ["IVF16(PQ4x4),Flat", "HNSW16,PQ8x4", "PQ8x4,Refine(SQ8)"])
def test_faiss_prints_no_advice(tmp_path, capfd, factory):
    options = ["--factory", factory, "-k", "1", "-o", tmp_path / "n.tsv"]
    small_store(tmp_path / "few.zarr", [f"f{n}" for n in range(300)], dimension=16)
    succeeded(["gld-search", "queries.zarr", "--index", tmp_path / "few.zarr", *options])
    assert capfd.readouterr() == ("", "")
