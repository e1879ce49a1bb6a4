import numpy as np
import pytest
from gld_eval.statistics.intervals import intervals_of_means
from gld_eval.statistics.resampling import MOST_QUERIES, resampled_means
from scipy import stats

from .samples import KINDS, ORDINARY

SETS, QUERIES = 2_000, 200


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_intervals_cover_the_true_mean_in_95_percent_of_samples(kind, capsys):
    samples = kind.draw(np.random.default_rng(0), QUERIES, SETS)
    ends = np.array(intervals_of_means(samples, seed=0))
    too_high, too_low = (ends[:, 0] > kind.mean).mean(), (ends[:, 1] < kind.mean).mean()
    covered = 1 - too_high - too_low
    with capsys.disabled():
        print(f"\n{kind}: covered in {covered:.1%} ({too_high:.1%} above, {too_low:.1%} below)")
    assert 0.93 <= covered <= 0.97
    assert max(too_high, too_low) <= 0.04


@pytest.mark.parametrize("kind", KINDS)
def test_equals_scipys_interval_but_for_the_random_draws(kind):
    sample = kind.draw(np.random.default_rng(1), QUERIES)
    (found,) = intervals_of_means(sample[:, None], seed=0)
    expected = stats.bootstrap(
        (sample,), np.mean, n_resamples=4_000, batch=500, method="BCa", rng=1
    ).confidence_interval
    np.testing.assert_allclose(found, expected, rtol=0, atol=0.05 * (found.high - found.low))


def test_many_queries_are_drawn_by_the_level_of_their_value():
    sample = ORDINARY.draw(np.random.default_rng(2), MOST_QUERIES + 1, 2)
    drawn = resampled_means(sample, seed=0, resamples=4_000)
    np.testing.assert_allclose(drawn.mean(axis=0), sample.mean(axis=0), atol=1e-4)
    expected = sample.std(axis=0) / np.sqrt(len(sample))
    np.testing.assert_allclose(drawn.std(axis=0), expected, rtol=0.04)


def test_values_within_a_narrow_range_keep_their_spread_among_many_queries():
    sample = 0.4 + 1e-6 * np.random.default_rng(3).random((MOST_QUERIES + 1, 1))
    drawn = resampled_means(sample, seed=0)
    assert drawn.std() == pytest.approx(sample.std() / np.sqrt(len(sample)), rel=0.05)


def test_the_seed_decides_the_draws():
    sample = ORDINARY.draw(np.random.default_rng(4), 50, 1)
    assert intervals_of_means(sample, seed=1) == intervals_of_means(sample, seed=1)
    assert intervals_of_means(sample, seed=1) != intervals_of_means(sample, seed=2)


@pytest.mark.parametrize("queries", [2, 3, MOST_QUERIES + 1])
def test_equal_values_have_an_interval_without_width(queries):
    ((low, high),) = intervals_of_means(np.full((queries, 1), 0.1), seed=0)
    assert low == high == pytest.approx(0.1)


def test_one_query_has_no_interval():
    assert np.isnan(intervals_of_means(np.ones((1, 2)), seed=0)).all()


@pytest.mark.parametrize("ones", [1, 199])
def test_one_query_unlike_all_others(ones):
    sample = np.zeros((QUERIES, 1))
    sample[:ones] = 1
    ((low, high),) = intervals_of_means(sample, seed=0)
    assert 0 <= low < sample.mean() < high <= 1
