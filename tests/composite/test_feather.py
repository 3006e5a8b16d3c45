import numpy as np
import pytest

from accord.composite.feather import feathered


@pytest.mark.parametrize("width", [1, 4, 6.5])
def test_coverage_rises_from_the_edge_inwards(width):
    cover = np.zeros((60, 60), np.float32)
    cover[10:50, 10:] = 1
    soft = feathered(cover, width)
    assert not soft[cover == 0].any()
    across = soft[:, 30]
    assert across[10] < 0.5 + 0.5 / width
    np.testing.assert_allclose(across[10 + int(np.ceil(width)) + 1 : 30], 1, atol=1e-5)
    assert np.all(np.diff(across[10:30]) >= -1e-6)


def test_the_arrays_border_is_an_edge():
    soft = feathered(np.ones((30, 30), np.float32), 5)
    assert soft[0, 15] < 0.2
    assert soft[15, 15] == pytest.approx(1, abs=1e-5)


def test_no_width_changes_nothing():
    cover = np.random.default_rng(0).random((5, 7), np.float32)
    np.testing.assert_array_equal(feathered(cover, 0), cover)
