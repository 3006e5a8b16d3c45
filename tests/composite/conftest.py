import numpy as np
import pytest

from accord.colour.difference import ciede2000
from accord.colour.spaces import space


def _disc(height, width, row, column, radius, ramp):
    """Coverage of a disc whose edge takes `ramp` pixels."""
    rows, columns = np.mgrid[:height, :width] + 0.5
    return np.clip((radius - np.hypot(rows - row, columns - column)) / ramp + 0.5, 0, 1).astype(np.float32)


@pytest.fixture
def disc():
    return _disc


@pytest.fixture
def smooth():
    """A picture of slow waves, (H, W, 3) uint8, as soft as a foreground's own colours mostly are at its edge."""

    def make(height, width, low=90, high=200):
        rows, columns = np.mgrid[:height, :width] / 40.0
        waves = np.stack([np.sin(rows + 1), np.sin(columns), np.cos(rows + columns)], axis=-1)
        return np.rint(low + (high - low) * (waves + 1) / 2).astype(np.uint8)

    return make


@pytest.fixture
def colour_difference():
    """CIEDE2000 of two sRGB pictures in code values with white at 1, per pixel."""

    def difference(first, second):
        lab = space("lab")
        return ciede2000(lab.from_working(np.float32(first)), lab.from_working(np.float32(second)))

    return difference
