from itertools import product

import numpy as np
import pytest
from gld_eval.statistics.permutation import PERMUTATIONS, sign_flip_p_value
from scipy import stats

from .samples import KINDS, ORDINARY


@pytest.mark.slow
@pytest.mark.parametrize("kind", [KINDS[0], KINDS[3]])
def test_p_values_are_uniform_where_nothing_differs(kind, capsys):
    generator = np.random.default_rng(0)
    differences = kind.draw(generator, 100, 2_000) - kind.draw(generator, 100, 2_000)
    found = np.array([sign_flip_p_value(column, seed=0) for column in differences.T])
    deciles = np.histogram(found, np.linspace(0, 1, 11))[0]
    small = (found <= 0.05).mean()
    distance = stats.kstest(found, "uniform")
    with capsys.disabled():
        print(f"\n{kind}: p-values by tenths {deciles.tolist()}, {small:.1%} of them at most 5%")
    assert distance.pvalue > 0.001
    assert 0.035 <= small <= 0.065


def test_equals_all_permutations_of_few_queries():
    differences = np.array([0.5, 0.25, -0.125, 0.3, 0.0, 0.1, 0.4])
    totals = [np.dot(signs, differences) for signs in product([-1, 1], repeat=7)]
    expected = np.mean(np.abs(totals) >= abs(differences.sum()) - 1e-9)
    found = sign_flip_p_value(differences, seed=0)
    assert found == pytest.approx(expected, abs=0.015)


def test_equals_scipys_test_but_for_the_random_signs():
    generator = np.random.default_rng(1)
    first, second = ORDINARY.draw(generator, 150), ORDINARY.draw(generator, 150)
    better = np.minimum(first + 0.05 * generator.random(150), 1)
    for run in (second, better):
        expected = stats.permutation_test(
            (first, run),
            lambda a, b: np.mean(a - b),
            permutation_type="samples",
            n_resamples=PERMUTATIONS,
            rng=2,
        ).pvalue
        found = sign_flip_p_value(first - run, seed=0)
        assert found == pytest.approx(expected, abs=0.02)


def test_a_difference_that_no_permutation_reaches_has_the_smallest_p_value():
    found = sign_flip_p_value(np.full(300, 0.01), seed=0)
    assert found == 1 / (PERMUTATIONS + 1)


@pytest.mark.parametrize("queries", [1, 5, 5_000])
def test_equal_runs_differ_by_chance_only(queries):
    assert sign_flip_p_value(np.zeros(queries), seed=0) == 1


def test_many_queries_take_many_blocks_of_signs():
    differences = np.random.default_rng(3).normal(0.02, 1, 5_000)
    deviation = np.sqrt(np.square(differences).sum())
    expected = 2 * stats.norm.sf(abs(differences.sum()) / deviation)
    found = sign_flip_p_value(differences, seed=0)
    assert found == pytest.approx(expected, abs=0.02)
