"""The protocols of other libraries equal these, where they are installed."""

import numpy as np
import pytest
from gld_eval.evaluate import evaluate
from gld_eval.metric_names import parse_metrics
from gld_eval.protocols.registry import PROTOCOLS
from gld_shared.testing import ranking_of, truth_of

METRICS = ["map_cut_10", "map_cut_100", "P_10", "recall_10"]


def draw(seed, levels):
    """Draw results with scores above 0 and positives; more of these than 100 for some queries."""
    generator = np.random.default_rng(seed)
    pool = [f"d{number:03}" for number in range(300)]
    run, qrels = {}, {}
    for query in [f"q{number}" for number in range(20)]:
        length = int(generator.integers(1, 200))
        found = generator.choice(pool, length, replace=False).tolist()
        scores = 1 + np.sort(generator.choice(levels, length, replace=levels < length))[::-1]
        run[query] = dict(zip(found, scores.astype(float).tolist(), strict=True))
        positives = generator.choice(pool, int(generator.choice([1, 5, 150])), replace=False)
        qrels[query] = dict.fromkeys(positives.tolist(), 1)
    return run, qrels


def scored(run, qrels, metrics, protocol):
    ranked = {query: list(found) for query, found in run.items()}
    scores = {query: list(found.values()) for query, found in run.items()}
    pairs = [(query, index, "all") for query, found in qrels.items() for index in found]
    of = PROTOCOLS[protocol]
    found = evaluate(ranking_of(ranked, scores), truth_of(pairs), parse_metrics(metrics, of), of)
    return {
        name: dict(zip(found.queries["query_id"], values, strict=True))
        for name, values in found.values.items()
    }


@pytest.mark.parametrize("levels", [5, 100_000])
@pytest.mark.parametrize("seed", range(5))
def test_trec_equals_pytrec_eval(seed, levels):
    pytrec_eval = pytest.importorskip("pytrec_eval")
    run, qrels = draw(seed, levels)
    evaluator = pytrec_eval.RelevanceEvaluator(qrels, {"map_cut.10,100", "P.10", "recall.10"})
    theirs = evaluator.evaluate(run)
    for metric, values in scored(run, qrels, METRICS, "trec").items():
        expected = {query: found[metric] for query, found in theirs.items()}
        assert values == pytest.approx(expected, abs=1e-12)


# ir_measures parses names by parts of ast that Python 3.12 deprecates.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("seed", range(3))
def test_trec_equals_ir_measures(seed):
    ir_measures = pytest.importorskip("ir_measures")
    pytest.importorskip("pytrec_eval")
    run, qrels = draw(seed, 5)
    measure = ir_measures.parse_measure("AP@100")
    theirs = {one.query_id: one.value for one in ir_measures.iter_calc([measure], qrels, run)}
    values = scored(run, qrels, ["map_cut_100"], "trec")["map_cut_100"]
    assert values == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_trec_equals_ranx_where_no_scores_are_equal(seed):
    ranx = pytest.importorskip("ranx")
    run, qrels = draw(seed, 100_000)
    names = ["map@10", "map@100", "precision@10", "recall@10"]
    theirs = ranx.Run(run)
    ranx.evaluate(ranx.Qrels(qrels), theirs, names)
    for metric, name in zip(METRICS, names, strict=True):
        values = scored(run, qrels, [metric], "trec")[metric]
        assert values == pytest.approx(dict(theirs.scores[name]), abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_torchmetrics_equals_itself_where_no_scores_are_equal(seed):
    retrieval = pytest.importorskip("torchmetrics.retrieval")
    torch = pytest.importorskip("torch")
    run, qrels = draw(seed, 100_000)
    metric = retrieval.RetrievalMAP(empty_target_action="neg", top_k=100)
    rows = [
        (number, score, index in qrels[query])
        for number, (query, found) in enumerate(run.items())
        for index, score in found.items()
    ]
    indexes, scores, targets = zip(*rows, strict=True)
    theirs = metric(
        torch.tensor(scores), torch.tensor(targets), indexes=torch.tensor(indexes)
    ).item()
    values = scored(run, qrels, ["torchmetrics-map@100"], "torchmetrics")["torchmetrics-map@100"]
    assert np.mean(list(values.values())) == pytest.approx(theirs, abs=1e-6)  # float32 there
