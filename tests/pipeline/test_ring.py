from __future__ import annotations

import numpy as np

from accord.pipeline.reference import ring_around


def test_ring_holds_about_as_much_as_the_foreground():
    rows, columns = np.mgrid[:200, :200]
    mask = ((rows - 100) ** 2 + (columns - 100) ** 2 < 40**2).astype(np.float32)
    ring = ring_around(mask)
    assert 0.8 < ring.sum() / mask.sum() < 1.3
    assert not (ring * mask).any()


def test_ring_of_one_pixel_is_two_pixels_wide():
    mask = np.zeros((9, 9), np.float32)
    mask[4, 4] = 1
    ring = ring_around(mask)
    assert ring[4, 2] == ring[2, 4] == 1
    assert ring[4, 1] == ring[4, 4] == 0
