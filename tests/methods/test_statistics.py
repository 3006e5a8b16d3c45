import numpy as np
import pytest

from accord.methods.statistics import Sample, foreground_and_reference


@pytest.fixture
def sample():
    rng = np.random.default_rng(0)
    counts = rng.integers(1, 5, 60)
    return Sample(rng.random((60, 3)), counts / counts.sum()), counts


def test_weights_count_as_repetitions(sample):
    weighted, counts = sample
    repeated = weighted.colours.repeat(counts, 0)
    np.testing.assert_allclose(weighted.mean(), repeated.mean(0))
    np.testing.assert_allclose(weighted.covariance(), np.cov(repeated.T, bias=True))
    levels = np.array([0.1, 0.5, 0.9])
    np.testing.assert_allclose(weighted.quantiles(levels), np.quantile(repeated, levels, axis=0), atol=0.03)


def test_quantiles_of_one_colour_are_that_colour():
    one = Sample(np.array([[0.1, 0.2, 0.3]]), np.ones(1))
    np.testing.assert_array_equal(one.quantiles(np.array([0.0, 0.3, 1.0])), np.array([[0.1, 0.2, 0.3]] * 3))


def test_soft_pixels_count_in_proportion():
    composite = np.array([[[0.0] * 3, [1.0] * 3, [0.5] * 3]], np.float32)
    foreground, wanted = foreground_and_reference(composite, np.float32([[1, 0.5, 0]]), np.float32([[0, 0.5, 1]]))
    np.testing.assert_allclose(foreground.mean(), 1 / 3)
    np.testing.assert_allclose(wanted.mean(), 2 / 3)
