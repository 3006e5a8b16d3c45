from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from accord.monitoring.statistics import (
    holm,
    kolmogorov_smirnov,
    mean_interval,
    more_often,
    sign_flips,
    stability_index,
)


@pytest.mark.parametrize(("count", "other", "shift"), [(25, 40, 0.0), (100, 300, 0.3), (60, 60, 1.0), (20, 500, 0.6)])
def test_kolmogorov_smirnov_is_scipy_s(count, other, shift):
    rng = np.random.default_rng(count)
    one, two = rng.normal(0, 1, count), rng.normal(shift, 1, other)
    distance, probability = kolmogorov_smirnov(one, two)
    exact = stats.ks_2samp(one, two, method="exact")
    assert distance == pytest.approx(exact.statistic)
    assert probability == pytest.approx(exact.pvalue, rel=0.25, abs=2e-4)


def test_kolmogorov_smirnov_on_ties_errs_on_the_safe_side():
    rng = np.random.default_rng(0)
    found = [kolmogorov_smirnov(*rng.integers(0, 2, (2, 80)).astype(float))[1] for _ in range(400)]
    assert np.mean(np.array(found) < 0.05) <= 0.05


def test_stability_index_of_one_population_is_about_0():
    rng = np.random.default_rng(1)
    found = [stability_index(rng.normal(size=300), rng.normal(size=100)) for _ in range(200)]
    assert np.median(found) < 0.03
    assert np.quantile(found, 0.95) < 0.12


def test_stability_index_by_hand():
    reference, window = np.repeat([0.0, 1.0], [500, 500]), np.repeat([0.0, 1.0], [900, 100])
    expected = 0.4 * np.log(0.9 / 0.5) - 0.4 * np.log(0.1 / 0.5)
    assert stability_index(reference, window) == pytest.approx(expected, abs=0.01)


def test_stability_index_of_a_constant_that_stays():
    assert stability_index(np.zeros(50), np.zeros(30)) == 0


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


@pytest.mark.parametrize("table", [(9, 50, 3, 200), (0, 20, 5, 30), (20, 20, 0, 20), (5, 1000, 50, 10000)])
def test_more_often_is_fisher_s(table):
    hits, of, earlier, before = table
    exact = stats.fisher_exact([[hits, of - hits], [earlier, before - earlier]], alternative="greater")
    assert more_often(*table) == pytest.approx(exact.pvalue)


def test_paired_differences():
    rng = np.random.default_rng(2)
    apart, even = rng.normal(0.5, 1, 60), rng.normal(0, 1, 60)
    assert sign_flips(apart) < 0.01 < sign_flips(even)
    low, high = mean_interval(apart)
    assert 0 < low < apart.mean() < high
    assert mean_interval(apart) == (low, high)
