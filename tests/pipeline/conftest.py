"""Small composites: noise whose right half is darker, warmer, and pasted in."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture
def composite(rng):
    picture = rng.integers(90, 230, (24, 32, 3), dtype=np.uint8)
    picture[6:18, 16:28] = rng.integers(10, 120, (12, 12, 3), dtype=np.uint8)
    return picture


@pytest.fixture
def mask():
    cover = np.zeros((24, 32), np.float32)
    cover[6:18, 16:28] = 1
    cover[6:18, 15] = cover[6:18, 28] = 0.5
    return cover
