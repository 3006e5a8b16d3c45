from __future__ import annotations

import numpy as np

import accord
from accord.pipeline.explaining import heat_map
from accord.transforms import Affine, AffineGrid, Chain, Identity, InSpace


def test_a_map_of_colour_alone_acts_nowhere_in_its_own_way(composite, mask):
    result = accord.harmonize(composite, mask, method=InSpace("linear", Affine.gain_offset(1.5)))
    np.testing.assert_array_equal(heat_map(result), np.zeros(mask.shape, np.float32), strict=True)


def test_the_heat_is_where_the_map_differs_from_itself(composite, mask):
    grid = np.tile(np.eye(3, 4, dtype=np.float32), (1, 8, 1, 1))
    grid[:, 5:, 0, 3] = 0.3  # red, from column 20 on; the foreground reaches from 15 to 28
    local = Chain((Affine.gain_offset(1.1), AffineGrid(grid)))
    heat = heat_map(accord.harmonize(composite, mask, method=local))
    assert (heat.shape, heat.dtype) == (mask.shape, np.float32)
    assert not heat[mask == 0].any()
    assert heat[mask == 1].mean() > 3


def test_a_constant_grid_is_as_good_as_no_grid(composite, mask):
    grid = np.tile(np.eye(3, 4, dtype=np.float32), (2, 2, 1, 1))
    assert heat_map(accord.harmonize(composite, mask, method=AffineGrid(grid))).max() < 0.2
    assert heat_map(accord.harmonize(composite, mask, method=Identity())).max() == 0
