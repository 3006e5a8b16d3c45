import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from accord.metrics.ciede2000 import ciede2000


def test_is_scikit_images_mean_over_the_foreground(pair):
    prediction, truth, mask = pair
    field = deltaE_ciede2000(rgb2lab(truth / 255), rgb2lab(prediction / 255))
    assert ciede2000(prediction, truth, mask) == pytest.approx((mask * field).sum() / mask.sum(), rel=1e-3)


def test_grey_steps_have_known_differences():
    mask = np.ones((1, 2))
    truth = np.full((1, 2, 3), 119.0)
    assert ciede2000(truth, truth, mask) == 0
    # Sharma's light weight is 1 at L* = 50, which sRGB 119 is within 0.1: one step of L* is one unit.
    assert ciede2000(truth + 1, truth, mask) == pytest.approx(0.39, abs=0.02)
