"""The diffusion rerank: the images near a query on the graph of mutual neighbours."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from gld_shared.files import display_name
from gld_shared.neighbours import NONE
from gld_shared.progress import Advance, silent
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.own_images import topk_of_others
from gld_shared.search.threads import cores, in_order

from gld_rerank.best_of_pairs import best_of_pairs
from gld_rerank.diffusion.subgraph import Subgraphs, diffuse
from gld_rerank.diffusion.ties import Ties, check_power, mutual_affinity
from gld_rerank.graph.index_graph import index_graph
from gld_rerank.graph.similarity import similarities_to_query
from gld_rerank.neighbours import Neighbours, Source, open_neighbours
from gld_rerank.own_images import own_images
from gld_rerank.reasons import Reasons
from gld_rerank.reranking import Reranking, queries_at_once

GRAPH_K, TOP, GAMMA, ALPHA, TRUNCATE = 20, 3, 3.0, 0.8, 1000


def diffusion_rerank(
    neighbours: Source,
    graph: str | Path | None = None,
    graph_k: int = GRAPH_K,
    top: int = TOP,
    gamma: float = GAMMA,
    alpha: float = ALPHA,
    truncate: int = TRUNCATE,
    k: int = 100,
    device: str = "cpu",
    advance: Advance = silent,
) -> Reranking:
    """Rank images by the diffusion from each query's first ``top`` candidates.

    f solves (I - alpha S) f = y: S are the normalised ties of images that are each among the
    ``graph_k`` nearest of the other, similarity^gamma, and y the candidates' similarities^gamma.
    Each query is solved on its own part of the graph: its ``truncate`` most similar images and
    these candidates. All that the diffusion does not reach, in it or beyond, follow in the order of
    similarity, with scores of similarity - 1, or less the largest similarity if that exceeds 1.

    ``graph`` is a file with the index's neighbours in itself, computed by default; ``advance`` is
    called with the number of images of each block of it. Memory: 20 bytes for each of n graph_k
    neighbours, about 100 bytes for each of 2 million pairs, and for each thread the ties of one
    part. Raises DataError for a graph of another store, or of fewer neighbours, and for
    similarities whose powers cannot be summed.
    """
    found = open_neighbours(neighbours, max(k, top))
    images = index_graph(found, graph, graph_k, device, advance)
    check_power(images.similarities, gamma, str(found.index[0].path))
    found.warn_if_it_lacks(top, "--top")
    subgraphs = Subgraphs(mutual_affinity(images, gamma))
    diffusion = _Diffusion(found, subgraphs, own_images(found), top, gamma, alpha, truncate)
    width = min(max(truncate, k), found.index_side.n)

    def parts_of(part: slice) -> list[_Part]:
        queries, own = found.weigh(found.query_vectors(part)), diffusion.own[part]
        _, nearest = topk_of_others(queries, found.index_side, width, own, device)
        numbers = np.arange(len(found.query_ids))[part].tolist()
        return [diffusion.part_of(*each) for each in zip(numbers, nearest, strict=True)]

    def rank(part: slice) -> tuple[Floats, Rows]:
        parts = parts_of(part)
        scores = np.concatenate([np.empty(0), *in_order(diffusion.scores, parts, cores())])
        rows = np.concatenate([np.empty(0, np.int64), *(each.rows for each in parts)])
        places = np.repeat(np.arange(len(parts)), [len(each.rows) for each in parts])
        return best_of_pairs(places, rows, scores, len(parts), k)

    def reasons(query: int, rows: Rows) -> Reasons:
        return diffusion.reasons(parts_of(slice(query, query + 1))[0], rows)

    at_once = queries_at_once(width)
    return Reranking(found, rank, images.inputs, reasons=reasons, queries_at_once=at_once)


@dataclass(frozen=True)
class _Part:
    """A query's part of the graph, then images beyond it: index rows and similarities (m + b,).

    ``sources`` (m,) are those of the part, whose rows are ascending.
    """

    rows: Rows
    similarities: Floats
    sources: Doubles

    @property
    def images(self) -> Rows:
        """The rows of the part of the graph, (m,)."""
        return self.rows[: len(self.sources)]


@dataclass(frozen=True)
class _Diffusion:
    found: Neighbours
    subgraphs: Subgraphs
    own: Rows
    top: int
    gamma: float
    alpha: float
    truncate: int

    def part_of(self, query: int, nearest: Rows) -> _Part:
        """Return the part of the graph with the first of some images, -1 = none, and candidates."""
        seeds = self.found.rows[query, : self.top]
        images = np.unique(np.concatenate([nearest[: self.truncate], seeds]))
        images = images[images != NONE]
        beyond = np.setdiff1d(nearest[self.truncate :], np.append(images, NONE))
        rows = np.concatenate([images, beyond])
        similarities = similarities_to_query(self.found, query, rows)
        sources, is_seed = np.zeros(len(images)), np.isin(images, seeds)
        of_seeds = similarities[: len(images)][is_seed]
        check_power(of_seeds, self.gamma, self._name_of(query))
        powers = np.clip(of_seeds, 0, None).astype(np.float64) ** self.gamma
        sources[is_seed] = np.where(of_seeds > 0, powers, 0)  # whatever the power
        return _Part(rows, similarities, sources)

    def scores(self, part: _Part) -> Doubles:
        """Return the diffusion to each image, and a score of 0 at most where it does not reach."""
        # Beyond the range of float32, as of a large power, nothing is reached.
        reached = np.zeros(len(part.rows), np.float32)
        reached[: len(part.images)] = self._diffused(part)[1]
        most = np.float64(part.similarities.max(initial=1))
        return np.where(reached > 0, reached, part.similarities - most)

    def _name_of(self, query: int) -> str:
        return f"{display_name(self.found.table.path)}: query {self.found.query_ids[query]!r}"

    def _diffused(self, part: _Part) -> tuple[Ties, Doubles]:
        ties = self.subgraphs.among(part.images).normalised()
        return ties, diffuse(ties, part.sources, self.alpha)

    def reasons(self, part: _Part, rows: Rows) -> Reasons:
        """Name the ties through which most of each result's score came."""
        ties, reached = self._diffused(part)
        place_of = {row: place for place, row in enumerate(part.rows.tolist())}
        places = [place_of[row] for row in rows.tolist()]
        names, pulled_by = self.found.index_side.ids, []
        for place in places:
            of_place = slice(*ties.starts[place : place + 2]) if place < len(reached) else slice(0)
            others = ties.nodes[of_place]
            pulls = ties.weights[of_place] * reached[others]
            strongest = others[np.argsort(-pulls, kind="stable")[:3]]
            pulled_by.append(" ".join(names.take(part.rows[strongest])))
        candidates = set(part.images[part.sources > 0].tolist())
        columns = {
            "similarity": part.similarities[places],
            "candidate": ["yes" if row in candidates else "no" for row in rows.tolist()],
            "pulled_by": pulled_by,
        }
        ties_of = f"{len(part.images):,} images with {len(ties.nodes) // 2:,} ties"
        return Reasons([f"its part of the graph: {ties_of}"], pl.DataFrame(columns))
