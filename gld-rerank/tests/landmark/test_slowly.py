"""The landmark rerank of whole stores, against whole matrices and loops over pairs."""

import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from gld_rerank import landmark_rerank
from gld_rerank.landmark.tagging.best import best_references
from gld_shared.search.index import ArrayIndex
from gld_shared.store import open_store, write_store
from gld_shared.tables import Table
from hypothesis import given, settings
from hypothesis import strategies as st

LANDMARKS, COUNTRIES = 5, ["FR", "", "JP"]


def unit_vectors(generator, count, dimension):
    """Unit vectors around a few points; some are equal."""
    centres = generator.normal(size=(LANDMARKS, dimension))
    vectors = centres[generator.integers(0, LANDMARKS, count)]
    vectors = vectors + 0.4 * generator.normal(size=vectors.shape)
    vectors[generator.integers(0, count, count // 4)] = vectors[0]
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


class Case:
    """Stores of some networks, the references' list, and the queries' table."""

    def __init__(self, folder, seed, networks, n_index, n_references, inside):
        generator = np.random.default_rng(seed)
        self.queries = [f"q{row}" for row in range(4)]
        self.index = [f"x{row}" for row in range(n_index)]
        if inside:  # the first query is an image of the index
            self.index[generator.integers(0, n_index)] = "q0"
        names = [f"r{row}" for row in range(n_references)]
        self.vectors, self.stores = [], []
        for network in range(networks):
            sides = zip(("q", "x", "r"), (self.queries, self.index, names), strict=True)
            stores, vectors = {}, {}
            for side, ids in sides:
                vectors[side] = unit_vectors(generator, len(ids), 8)
                path = folder / f"{network}{side}.zarr"
                attributes = {"checkpoint": {"path": "x", "sha256": str(network)}, "history": []}
                write_store(path, ids, vectors[side], attributes, dtype="float32")
                stores[side] = open_store(path)
            self.vectors.append(vectors)
            self.stores.append(stores)
        self.labels = generator.integers(0, LANDMARKS, n_references)
        self.countries = generator.integers(0, len(COUNTRIES), n_references)
        self.countries[0] = 0  # at least one that is known
        rows = pl.DataFrame(
            {
                "id": names,
                "path": names,
                "label": self.labels,
                "country": [COUNTRIES[number] for number in self.countries],
            }
        )
        self.list = Table(rows, {}, str(folder / "l.tsv"))
        self.weights = generator.choice([1.0, 0.5, 2.0], networks).tolist()

    def table(self):
        """A first neighbour for each query, which is not the query itself."""
        other = next((name for name in self.index if name != "q0"), self.index[0])
        rows = pl.DataFrame(
            {
                "query_id": self.queries,
                "index_id": [other] * len(self.queries),
                "rank": pl.Series([1] * len(self.queries), dtype=pl.Int32),
                "score": pl.Series([0.5] * len(self.queries), dtype=pl.Float32),
            }
        )
        header = {
            "queries": [str(stores["q"].path) for stores in self.stores],
            "index": [str(stores["x"].path) for stores in self.stores],
            "weights": self.weights,
        }
        return Table(rows, header, "n.tsv")

    def slowly(self, alpha, beta, merge):
        """The scores (queries, index) after the rerank."""
        total = np.zeros((len(self.queries), len(self.index)))
        for vectors, weight in zip(self.vectors, self.weights, strict=True):
            q, x, r = (vectors[side].astype(np.float64) for side in "qxr")
            nearest = [int(np.argmax((r @ image).astype(np.float32))) for image in x]
            voters, votes = best_references(vectors["q"], ArrayIndex(vectors["r"]), 3)
            bonus = np.zeros_like(total)
            for query in range(len(q)):
                for tags, factor, unknown in (
                    (self.labels, alpha, None),
                    (self.countries, beta, COUNTRIES.index("")),
                ):
                    for voter, vote in zip(voters[query], votes[query], strict=True):
                        if tags[voter] == unknown:
                            continue
                        for image, near in enumerate(nearest):
                            if tags[near] == tags[voter]:
                                bonus[query, image] += factor * vote / votes[query].sum()
            total += weight * (q @ x.T) + (weight if merge == "before" else 1) * bonus
        return total


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("slowly")


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    networks=st.integers(1, 2),
    n_index=st.sampled_from([1, 2, 40]),
    inside=st.booleans(),
    beta=st.sampled_from([0.0, 0.1]),
    merge=st.sampled_from(["before", "after"]),
    k=st.sampled_from([1, 5, 100]),
)
def test_the_rerank_equals_whole_matrices(folder, seed, networks, n_index, inside, beta, merge, k):
    shutil.rmtree(folder)
    Path(folder).mkdir()
    case = Case(folder, seed, networks, n_index, 45, inside and n_index > 1)
    references = [stores["r"] for stores in case.stores]
    reranking = landmark_rerank(case.table(), references, case.list, beta=beta, k=k, merge=merge)
    found = pl.concat(reranking.blocks())
    expected = case.slowly(1.0, beta, merge)
    for row, query in enumerate(case.queries):
        allowed = [place for place, name in enumerate(case.index) if name != query]
        best = sorted(allowed, key=lambda place: (-np.float32(expected[row, place]), place))[:k]
        rows = found.filter(pl.col("query_id") == query)
        np.testing.assert_allclose(rows["score"], expected[row, best], atol=2e-6)
        places = [case.index.index(name) for name in rows["index_id"]]
        # Sums in another order may change the order of almost equal images.
        np.testing.assert_allclose(expected[row, places], expected[row, best], atol=2e-6)
        assert len(set(places)) == len(best)


def test_the_querys_own_image_stays_if_the_table_holds_it(folder):
    shutil.rmtree(folder)
    Path(folder).mkdir()
    case = Case(folder, 1, 1, 6, 45, True)
    table = case.table()
    with_own = table.rows.with_columns(index_id=pl.lit("q0"))
    references = [case.stores[0]["r"]]
    for rows, count in ((table.rows, 5), (with_own, 6)):
        given_table = Table(rows, table.header, table.path)
        found = pl.concat(landmark_rerank(given_table, references, case.list).blocks())
        own = found.filter(pl.col("query_id") == "q0")
        assert own.height == count
        assert ("q0" in own["index_id"]) == (count == 6)
