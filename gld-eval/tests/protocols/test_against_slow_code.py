"""Each protocol equals slow code, written from its published definition, on random runs."""

from dataclasses import dataclass

import numpy as np
import pytest
from gld_eval.evaluate import score
from gld_eval.explanation.rules import HEADLINES, average_precision
from gld_eval.judged_arrays import judged_of, results_of
from gld_eval.judgements import judge
from gld_eval.matching import match
from gld_eval.metric_names import parse_metrics
from gld_eval.protocols.registry import PROTOCOLS
from gld_shared.errors import DataError
from gld_shared.testing import ranking_of, truth_of
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

CUTS = (1, 5, 10, 100)


@dataclass
class Run:
    """Results and their scores, best first, and graded images, of each query."""

    ranked: dict[str, list[str]]
    scores: dict[str, list[float]]
    truth: dict[str, dict[str, str]]


def random_run(seed: int, grades: tuple[str, ...], repeats: bool, parts: int) -> Run:
    """Draw six queries a part: ties, missing queries, own images, no or more than 100 positives."""
    generator = np.random.default_rng(seed)
    run = Run({}, {}, {})
    for part in range(parts):
        pool = [f"{part}:i{number:03}" for number in range(generator.choice([5, 40, 260]))]
        for name in ("q0", "q1", "q2", "q3", "i001", "i002"):
            draw_query(run, f"{part}:{name}", pool, generator, grades, repeats)
    return run


def draw_query(run, query, pool, generator, grades, repeats):
    length = int(generator.integers(0, len(pool) + 1))
    if generator.random() < 0.85 and length:
        levels = int(generator.choice([2, 10, 10_000]))
        scores = np.sort(generator.integers(-levels // 4, levels, length))[::-1] / levels
        run.ranked[query] = generator.choice(pool, length, replace=repeats).tolist()
        run.scores[query] = scores.astype(np.float32).tolist()
    judged = int(generator.choice([0, 1, 4, len(pool) * 3 // 4]))
    images = generator.choice(pool, judged, replace=False).tolist()
    drawn = generator.choice(grades, judged).tolist()
    run.truth[query] = dict(zip(images, drawn, strict=True))


def values_of(run: Run, names: list[str], protocol: str) -> dict[str, dict[str, float]]:
    """Score a run: each metric's value of each query."""
    rows = [
        (query, index, "all", grade)
        for query, judged in run.truth.items()
        for index, grade in judged.items()
    ] + [(query, "", "ignored", "") for query, judged in run.truth.items() if not judged]
    judgements = judge(truth_of(rows))
    matches = match(ranking_of(run.ranked, run.scores), judgements)
    of = PROTOCOLS[protocol]
    found = score(matches, judgements, parse_metrics(names, of), of)
    if protocol in HEADLINES:
        check_the_rules(score(matches, judgements, [], of), matches, judgements, protocol)
    queries = found.queries["query_id"]
    return {
        name: {
            query: float(value)
            for query, value in zip(queries, found.values[name], strict=True)
            if not np.isnan(value)
        }
        for name in names
    }


def check_the_rules(found, matches, judgements, protocol):
    """Check that ``--explain`` computes the protocol's headline from its rules."""
    numbers = judgements.queries.select("query_id", "query")
    queries = found.queries.join(numbers, on="query_id", maintain_order="left").with_row_index(
        "row"
    )
    results = results_of(matches, queries)
    judged = judged_of(results, matches, judgements, queries)
    values = average_precision(judged, HEADLINES[protocol])
    np.testing.assert_allclose(values, found.headline_values, rtol=0, atol=1e-12)


def has_positives(run: Run, relevant: tuple[str, ...]) -> bool:
    return any(grade in relevant for judged in run.truth.values() for grade in judged.values())


def check(run: Run, protocol: str, slow: dict[str, dict[str, float]]) -> None:
    fault = ""
    if not has_positives(run, ("", "easy", "hard")):
        fault = "no query has a relevant image"
    elif not any(slow.values()):
        fault = "nothing to score"
    if fault:
        with pytest.raises(DataError, match=fault):
            values_of(run, list(slow), protocol)
        return
    found = values_of(run, list(slow), protocol)
    for name, expected in slow.items():
        assert found[name] == pytest.approx(expected, abs=1e-12), name


def cleaned(run: Run, query: str, removed: tuple[str, ...]) -> list[str]:
    """Take the query's own image and images of some grades out of its ranking."""
    judged = run.truth[query]
    return [
        index
        for index in run.ranked.get(query, [])
        if index != query and judged.get(index) not in removed
    ]


def relevant(run: Run, query: str, grades=("", "easy", "hard"), own=False) -> set[str]:
    judged = run.truth[query]
    return {index for index, grade in judged.items() if grade in grades and (own or index != query)}


def gldv2_retrieval(run: Run) -> dict[str, dict[str, float]]:
    """Source: METRICS of the official code: MeanAveragePrecision and MeanPrecisions."""
    slow: dict[str, dict[str, float]] = {}
    for query in run.truth:
        positives = relevant(run, query)
        for k in CUTS if positives else ():
            seen: set[str] = set()
            total, correct = 0.0, 0
            for place, index in enumerate(cleaned(run, query, ("junk",))[:k]):
                if index not in seen and index in positives:
                    correct += 1
                    total += correct / (place + 1)
                seen.add(index)
            slow.setdefault(f"map@{k}", {})[query] = total / min(len(positives), k)
            slow.setdefault(f"precision@{k}", {})[query] = correct / k
            slow.setdefault(f"recall@{k}", {})[query] = correct / len(positives)
    return slow


def recipe(run: Run) -> dict[str, dict[str, float]]:
    """Source: the recipe's eval_cbir: recall and precision by rank, padded with zeros."""
    slow: dict[str, dict[str, float]] = {}
    for query in run.truth:
        positives = relevant(run, query)
        if not positives:
            continue
        hits = [index in positives for index in cleaned(run, query, ("junk",))]
        precision = [sum(hits[: place + 1]) / (place + 1) for place in range(len(hits))]
        recall = [sum(hits[: place + 1]) / len(positives) for place in range(len(hits))]
        complete = next((place for place, value in enumerate(recall) if value == 1), None)
        for k in (1, 5, 10, 20, 100):
            ap = sum(value for value, hit in zip(precision[:k], hits[:k], strict=True) if hit)
            at = precision[k - 1] if len(hits) >= k else 0.0
            if k in (5, 10, 20) and complete is not None and complete <= k - 1:
                at = precision[complete]
            slow.setdefault(f"recipe-map@{k}", {})[query] = ap / len(positives)
            slow.setdefault(f"recipe-precision@{k}", {})[query] = at
            slow.setdefault(f"recipe-recall@{k}", {})[query] = sum(hits[:k]) / len(positives)
            slow.setdefault(f"recipe-cmc@{k}", {})[query] = float(any(hits[:k]))
    return slow


SETUPS = {
    "easy": (("easy",), ("junk", "hard")),
    "medium": (("easy", "hard"), ("junk",)),
    "hard": (("hard",), ("junk", "easy")),
}


def revisitop(run: Run) -> dict[str, dict[str, float]]:
    """Source: evaluate.py of revisitop: compute_map and compute_ap, as its loops have it."""
    slow: dict[str, dict[str, float]] = {}
    for setup, (grades, removed) in SETUPS.items():
        slow[f"revisitop-{setup}-map"] = {}
        for k in CUTS:
            slow[f"revisitop-{setup}-mp@{k}"] = {}
        for query in run.truth:
            positives = relevant(run, query, grades)
            if not positives:
                continue
            ranking = run.ranked.get(query, [])
            pos = [place for place, index in enumerate(ranking) if index in positives]
            junk = [
                place
                for place, index in enumerate(ranking)
                if index == query or run.truth[query].get(index) in removed
            ]
            pos = [place - sum(other < place for other in junk) for place in pos]
            ap = 0.0
            for number, place in enumerate(pos):
                before = 1.0 if place == 0 else number / place
                ap += (before + (number + 1) / (place + 1)) / 2 / len(positives)
            slow[f"revisitop-{setup}-map"][query] = ap
            for k in CUTS:
                last = min(max(pos) + 1, k) if pos else 1
                count = sum(place + 1 <= last for place in pos)
                slow[f"revisitop-{setup}-mp@{k}"][query] = count / last
    return slow


def place_recognition(run: Run) -> dict[str, dict[str, float]]:
    """Source: VPR-methods-evaluation: any positive among the first k, for every query."""
    return {
        f"place-recall@{k}": {
            query: float(bool(set(cleaned(run, query, ())[:k]) & relevant(run, query)))
            for query in run.truth
        }
        for k in CUTS
    }


def ilias(run: Run) -> dict[str, dict[str, float]]:
    """Source: ILIAS's dataset.py: scikit-learn's average precision over distinct thresholds."""
    slow: dict[str, dict[str, float]] = {f"ilias-map@{k}": {} for k in (10, 1000)}
    for query, ranking in run.ranked.items():
        positives = relevant(run, query, own=True)
        for k in (10, 1000) if positives else ():
            scores = run.scores[query][:k]
            hits = [index in positives for index in ranking[:k]]
            area, before = 0.0, 0.0
            for threshold in sorted(set(scores), reverse=True):
                above = [hit for hit, value in zip(hits, scores, strict=True) if value >= threshold]
                reached = sum(above) / max(sum(hits), 1)
                area += (reached - before) * sum(above) / len(above)
                before = reached
            slow[f"ilias-map@{k}"][query] = area * sum(hits) / min(k, len(positives))
    return slow


def trec(run: Run) -> dict[str, dict[str, float]]:
    """Source: trec_eval: results sorted by score, then by document id, both descending."""
    slow: dict[str, dict[str, float]] = {}
    for query, judged in run.truth.items():
        positives = relevant(run, query, own=True)
        pairs = zip(run.scores.get(query, []), run.ranked.get(query, []), strict=True)
        hits = [index in positives for _, index in sorted(pairs, reverse=True)]
        for k in CUTS if judged else ():
            total = sum(sum(hits[: at + 1]) / (at + 1) for at, hit in enumerate(hits[:k]) if hit)
            count = max(len(positives), 1)
            slow.setdefault(f"map_cut_{k}", {})[query] = total / count
            slow.setdefault(f"P_{k}", {})[query] = sum(hits[:k]) / k
            slow.setdefault(f"recall_{k}", {})[query] = sum(hits[:k]) / count
    return slow


def torchmetrics(run: Run) -> dict[str, dict[str, float]]:
    """Source: torchmetrics' retrieval_average_precision."""
    slow: dict[str, dict[str, float]] = {f"torchmetrics-map@{k}": {} for k in CUTS}
    for query, judged in run.truth.items():
        if query not in run.ranked or not judged:
            continue
        positives = relevant(run, query, own=True)
        found = zip(run.ranked[query], run.scores[query], strict=True)
        ranks = [at for at, (i, value) in enumerate(found, 1) if i in positives and value > 0]
        for k in CUTS:
            within = [rank for rank in ranks if rank <= k]
            precision = [number / rank for number, rank in enumerate(within, 1)]
            slow[f"torchmetrics-map@{k}"][query] = float(np.mean(precision)) if within else 0.0
    return slow


PLAIN = ("", "", "", "junk", "wrong")
SLOW = {
    "gldv2-retrieval": (gldv2_retrieval, PLAIN, True),
    "recipe": (recipe, PLAIN, False),
    "revisitop": (revisitop, ("easy", "hard", "junk"), False),
    "place-recognition": (place_recognition, PLAIN, True),
    "ilias": (ilias, PLAIN, False),
    "trec": (trec, PLAIN, False),
    "torchmetrics": (torchmetrics, PLAIN, False),
}


def test_every_protocol_of_rankings_has_slow_code():
    assert list(SLOW) == list(PROTOCOLS)


def check_seed(seed: int, parts: int) -> None:
    for protocol, (slow, grades, repeats) in SLOW.items():
        run = random_run(seed, grades, repeats, parts)
        check(run, protocol, slow(run))


@given(st.integers(0, 2**32))
@example(9125)  # the only query with positives has no neighbours, so ilias has nothing to score
@settings(max_examples=20, deadline=None)
def test_random_runs(seed):
    check_seed(seed, parts=1)


@pytest.mark.slow
@given(st.integers(0, 2**32))
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
def test_ten_thousand_random_runs(seed):
    check_seed(seed, parts=25)
