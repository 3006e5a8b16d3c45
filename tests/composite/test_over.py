import numpy as np

from accord.composite.over import over


def _colour(value, shape=(2, 3)):
    return np.full((*shape, 3), value, np.float32)


def _cover(value, shape=(2, 3)):
    return np.full(shape, value, np.float32)


def test_half_coverage_is_half_of_each():
    mixed, alpha = over(_colour(0.8), _cover(0.5), _colour(0.2))
    np.testing.assert_allclose(mixed, 0.5, rtol=1e-6)
    assert alpha is None


def test_full_coverage_is_the_foreground_exactly_and_none_the_background():
    near, far = np.float32(0.1) * _colour(3), _colour(0.7)
    np.testing.assert_array_equal(over(near, _cover(1), far)[0], near)
    np.testing.assert_array_equal(over(near, _cover(0), far)[0], far)


def test_over_a_translucent_background_alpha_is_the_union():
    # Porter and Duff 1984: premultiplied c = a_f f + (1 - a_f) a_b b; here 0.5 * 1 + 0.5 * 0.5 * 0 over alpha 0.75.
    mixed, alpha = over(_colour(1), _cover(0.5), _colour(0), _cover(0.5))
    np.testing.assert_allclose(alpha, 0.75)
    np.testing.assert_allclose(mixed, 0.5 / 0.75, rtol=1e-6)


def test_nothing_over_nothing_is_the_backgrounds_colour():
    mixed, alpha = over(_colour(1), _cover(0), _colour(0.3), _cover(0))
    np.testing.assert_array_equal(alpha, 0)
    np.testing.assert_array_equal(mixed, _colour(0.3))
