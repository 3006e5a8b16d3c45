import numpy as np
import pytest

from accord.metrics.foreground_ratio import foreground_ratio, ratio_bin


def test_counts_pixels_above_half_coverage():
    mask = np.array([[0.0, 0.5, 0.51, 1.0]])
    assert foreground_ratio(mask) == 0.5


@pytest.mark.parametrize(
    ("ratio", "name"),
    [(0, "0-5 %"), (0.0499, "0-5 %"), (0.05, "5-15 %"), (0.15, "15-100 %"), (1, "15-100 %")],
)
def test_every_ratio_falls_into_one_bin(ratio, name):
    assert ratio_bin(ratio) == name
