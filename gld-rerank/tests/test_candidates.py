import numpy as np
import pytest
from gld_rerank import candidates as module
from gld_rerank.candidates import rerank_top, threads_for, vectors_of
from gld_shared.search.index import ArrayIndex
from hypothesis import given
from hypothesis import strategies as st


def slowly(rows, scores, new_scores):
    """Rank one query: the first candidates sorted by new score, then the others, capped."""
    first = [pair for pair in zip(rows, new_scores, strict=False) if pair[0] >= 0]
    first.sort(key=lambda pair: (-pair[1], pair[0]))
    others = [pair for pair in zip(rows, scores, strict=True)][len(new_scores) :]
    others = [(row, min(score, first[-1][1])) for row, score in others if row >= 0]
    return first + others


@st.composite
def candidates(draw):
    """Rows (q, k) with -1 at the end, falling scores with ties, and new scores of the first m."""
    k = draw(st.integers(1, 6))
    m = draw(st.integers(0, k))
    rows, scores, new = [], [], []
    score = st.integers(-3, 3).map(lambda number: number / 4)
    for _ in range(draw(st.integers(0, 3))):
        found = draw(st.lists(st.integers(0, 9), max_size=k, unique=True))
        rows.append(found + [-1] * (k - len(found)))
        scores.append(sorted(draw(st.lists(score, min_size=k, max_size=k)), reverse=True))
        new.append(draw(st.lists(score, min_size=m, max_size=m)))
    shape = (len(rows), k)
    return (
        np.array(rows, np.int64).reshape(shape),
        np.array(scores, np.float32).reshape(shape),
        np.array(new, np.float32).reshape(len(rows), m),
    )


@given(candidates())
def test_the_first_candidates_are_sorted_by_their_new_scores(given_candidates):
    rows, scores, new = given_candidates
    if not new.shape[1]:
        assert rerank_top(rows, scores, new)[1].tolist() == rows.tolist()
        return
    ranked, ordered = rerank_top(rows, scores, new)
    for query in range(len(rows)):
        kept = ordered[query] >= 0
        found = list(zip(ordered[query][kept], ranked[query][kept], strict=True))
        assert found == slowly(rows[query], scores[query], new[query])
        assert not kept[np.count_nonzero(kept) :].any()
        assert (np.diff(ranked[query][kept]) <= 0).all()


def test_absent_candidates_have_zeros_as_vectors():
    vectors = np.array([[1, 2], [3, 4]], np.float32)
    found = vectors_of(ArrayIndex(vectors), np.array([[1, 0], [1, -1], [-1, -1]]))
    assert found.tolist() == [[[3, 4], [1, 2]], [[3, 4], [0, 0]], [[0, 0], [0, 0]]]


@pytest.mark.parametrize(("count", "threads"), [(0, 8), (400, 8), (1000, 7), (3000, 1), (10**6, 1)])
def test_threads_share_a_bounded_memory(monkeypatch, count, threads):
    monkeypatch.setattr(module, "cores", lambda: 8)
    assert threads_for(count) == threads
