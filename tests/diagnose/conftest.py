"""Photos that come with scikit-image, in parts, with an oval foreground."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data, draw

from accord.transforms import ColourMap


@pytest.fixture(scope="session")
def photos():
    """Give 8-bit photos, each at most 400 pixels a side."""
    return {
        "astronaut": data.astronaut()[::2, ::2],
        "cat": data.chelsea()[:, 25:425],
        "coffee": data.coffee()[::2, ::2],
        "rocket": data.rocket()[::2, ::2],
    }


@pytest.fixture(scope="session")
def oval():
    def make(picture):
        height, width = picture.shape[:2]
        mask = np.zeros((height, width), np.float32)
        mask[draw.ellipse(height / 2, width / 2, height / 4, width / 4)] = 1
        return mask

    return make


class Applying(ColourMap):
    """A map that does what a function of colours does."""

    kind = "applying"

    def __init__(self, function):
        self.function = function

    def transform(self, pixels, place):  # noqa: ARG002
        return self.function(pixels)

    def to_dict(self):
        raise NotImplementedError

    @classmethod
    def from_dict(cls, data):
        raise NotImplementedError


@pytest.fixture
def applying():
    return Applying
