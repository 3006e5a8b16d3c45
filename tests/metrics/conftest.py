import numpy as np
import pytest


@pytest.fixture
def pair():
    """Seeded 20 x 31 pictures on 0..255 and a soft mask that leaves a border of exact zeros."""
    rng = np.random.default_rng(7)
    truth = rng.uniform(10, 240, (20, 31, 3))
    prediction = np.clip(truth + rng.normal(0, 15, truth.shape), 0, 255)
    mask = np.zeros((20, 31))
    mask[4:13, 6:22] = rng.uniform(0, 1, (9, 16))
    return prediction, truth, mask
